import { spawn } from 'node:child_process';
import { env } from 'node:process';

// A consumer of the tests: it has a child of its own, and hands back on SIGTERM.
const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
process.stdout.write(`working ${process.pid} ${child.pid}\n`);
if (env.WORKER_DIES_MS) setTimeout(() => process.exit(1), Number(env.WORKER_DIES_MS));
const busy = setInterval(() => undefined, 1000);
process.on('SIGTERM', () => {
  process.stdout.write('handed back\n');
  if (env.IGNORE_SIGTERM) return;
  child.kill();
  clearInterval(busy);
});
