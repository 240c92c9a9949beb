import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { endRuns, startCli, type CliRun } from '#shared/testing/run-cli.ts';

/** A platform as users start it, in processes of its own. */
export interface TestPlatform {
  url: string;
  home: string;
  pid: number;
  /** What it has said so far. */
  said: () => string;
  done: Promise<CliRun>;
  /** Asks it to end, as Ctrl-C at a terminal does. */
  interrupt(): Promise<CliRun>;
  /** Ends the whole group without a word. */
  kill(): Promise<CliRun>;
}

const startMs = 90_000;

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}

/** Starts a platform without the demo and waits until it answers. */
export async function startPlatform(
  home: string,
  env: Record<string, string> = {},
  args: string[] = ['--no-demo'],
): Promise<TestPlatform> {
  const port = await freePort();
  const options = { home, env: { PORT: String(port), ...env }, asUser: true, ownGroup: true };
  const { child, done } = startCli(['start', ...args], options);
  let said = '';
  child.stderr!.on('data', (text: string) => (said += text));
  const signal = (name: NodeJS.Signals) => {
    process.kill(-child.pid!, name);
    return done;
  };
  await untilSaid(() => said, done);
  return {
    url: `http://127.0.0.1:${port}`,
    home,
    pid: child.pid!,
    said: () => said,
    done,
    interrupt: () => signal('SIGINT'),
    async kill() {
      const run = await signal('SIGKILL');
      // A process of a gigabyte is there for a moment longer.
      while (isGroupAlive(child.pid!)) await sleep(20);
      return run;
    },
  };
}

function isGroupAlive(pid: number): boolean {
  try {
    return process.kill(-pid, 0);
  } catch {
    return false;
  }
}

async function untilSaid(said: () => string, done: Promise<CliRun>): Promise<void> {
  let over = false;
  void done.then(() => (over = true));
  for (const end = Date.now() + startMs; !said().includes('Ctrl-C stops it'); await sleep(50))
    if (over || Date.now() > end) throw new Error(`the platform did not start:\n${said()}`);
}

/** Ends what a failed test has left; the functions follow their runtime. */
export const endPlatforms = (): void => endRuns();

/** Processes of the functions whose runtime works in this home, by the function's name. */
export function functionProcesses(home: string): { pid: number; name: string; residentBytes: number }[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        const name = /bundles\/(\w+)\.mjs/.exec(readFileSync(`/proc/${pid}/cmdline`, 'utf8'))?.[1];
        if (!name || !readFileSync(`/proc/${pid}/environ`, 'utf8').includes(`GEOCROP_HOME=${home}\0`)) return [];
        const resident = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
        return [{ pid: Number(pid), name, residentBytes: 1024 * Number(resident ?? 0) }];
      } catch {
        return [];
      }
    });
}

/** What the functions have logged under this message. */
export function logged(home: string, message: string): Record<string, unknown>[] {
  return readFileSync(join(home, 'platform.log'), 'utf8')
    .split('\n')
    .filter((line) => line.includes(`\\"message\\":\\"${message}\\"`))
    .map((line) => JSON.parse(JSON.parse(line).line) as Record<string, unknown>);
}

export function writeSources(folder: string, sources: Record<string, string>, hosts: string[] = []): string {
  const file = join(folder, 'sources.json');
  const list = Object.entries(sources).map(([id, stac]) => ({ id, title: id, stac, hosts }));
  writeFileSync(file, JSON.stringify(list));
  return file;
}
