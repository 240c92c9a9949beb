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
/** Process groups of all platforms of this test file. */
const started = new Set<number>();

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}

/** Starts a platform without the demo, on any free port where none is given, and waits until it answers. */
export async function startPlatform(
  home: string,
  env: Record<string, string> = {},
  args: string[] = ['--no-demo'],
): Promise<TestPlatform> {
  const options = { home, env: { PORT: '0', ...env }, asUser: true, ownGroup: true };
  const { child, done } = startCli(['start', ...args], options);
  started.add(child.pid!);
  let said = '';
  child.stderr!.on('data', (text: string) => (said += text));
  const signal = (name: NodeJS.Signals) => {
    process.kill(-child.pid!, name);
    return done;
  };
  await untilSaid(() => said, done);
  return {
    url: env.PORT ? `http://127.0.0.1:${env.PORT}` : /GeoCrop runs at (\S+)/.exec(said)![1],
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

/** Ends what a test has left, the platform and what started it; the functions follow their runtime. */
export function endPlatforms(): void {
  for (const pid of started) if (isGroupAlive(pid)) process.kill(-pid, 'SIGKILL');
  endRuns();
}

export interface FunctionProcess {
  pid: number;
  name: string;
  residentBytes: number;
  /** The most that it has had so far. */
  peakBytes: number;
}

/** Processes of the functions whose runtime works in this home, by the function's name. */
export function functionProcesses(home: string): FunctionProcess[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        const name = /bundles\/(\w+)\.mjs/.exec(readFileSync(`/proc/${pid}/cmdline`, 'utf8'))?.[1];
        if (!name || !readFileSync(`/proc/${pid}/environ`, 'utf8').includes(`GEOCROP_HOME=${home}\0`)) return [];
        const status = readFileSync(`/proc/${pid}/status`, 'utf8');
        const bytes = (field: string) =>
          1024 * Number(new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1] ?? 0);
        return [{ pid: Number(pid), name, residentBytes: bytes('VmRSS'), peakBytes: bytes('VmHWM') }];
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

/** Where the embedded database of a home listens. */
export const databaseUrl = (home: string): string =>
  `postgresql://geocrop@localhost:5432/postgres?host=${encodeURIComponent(join(home, 'run', 'database'))}`;

export function writeSources(folder: string, sources: Record<string, string>, hosts: string[] = []): string {
  const file = join(folder, 'sources.json');
  const list = Object.entries(sources).map(([id, stac]) => ({ id, title: id, stac, hosts }));
  writeFileSync(file, JSON.stringify(list));
  return file;
}
