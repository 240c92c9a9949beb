import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import type { CliRun } from '#shared/testing/run-cli.ts';

const main = fileURLToPath(new URL('../../main.ts', import.meta.url));

/** Runs the command line with something on its standard input. */
export async function runWithInput(args: readonly string[], home: string, input: string): Promise<CliRun> {
  const child = spawn(process.execPath, [main, ...args], { env: { GEOCROP_HOME: home } });
  const code = new Promise<number | null>((resolve) => child.once('close', resolve));
  child.stdin.end(input);
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  return { code: await code, stdout, stderr };
}
