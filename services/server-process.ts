import { spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, openSync, closeSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

export interface ServerCommand {
  name: string;
  command: string;
  args: readonly string[];
  env?: Record<string, string> | undefined;
  cwd: string;
  log: string;
  /** Asks the server itself, not its port. */
  isReady: () => Promise<unknown>;
  /** Asks it to end; SIGTERM unless another is named. */
  stopSignal?: NodeJS.Signals | undefined;
  /** Runs it as this user, whom the folders of root are open to. */
  user?: string | undefined;
}

export interface ServerProcess {
  name: string;
  pid: number;
  /** Fulfilled when it has ended, whoever ended it. */
  ended: Promise<void>;
  stop(): Promise<void>;
  /** Ends it without a word. */
  kill(): Promise<void>;
}

const startMs = 60_000;
const stopMs = 20_000;
const searchPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** Starts a server and waits until it is ready. It sees nothing of our environment and ends when we do. */
export async function startServer(server: ServerCommand): Promise<ServerProcess> {
  const child = launch(server);
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const end = async (signal: NodeJS.Signals) => {
    if (hasEnded(child)) return;
    child.kill(signal);
    const late = setTimeout(() => child.kill('SIGKILL'), stopMs);
    await ended;
    clearTimeout(late);
  };
  const stop = () => end(server.stopSignal ?? 'SIGTERM');
  try {
    await untilReady(server, child);
  } catch (error) {
    await stop();
    throw error;
  }
  return { name: server.name, pid: child.pid!, ended, stop, kill: () => end('SIGKILL') };
}

const hasEnded = ({ exitCode, signalCode }: ChildProcess) => exitCode !== null || signalCode !== null;

/** In a process group of its own: Ctrl-C at a terminal is heard by us alone, who stop servers last. */
function launch({ command, args, env, cwd, log, stopSignal = 'SIGTERM', user }: ServerCommand): ChildProcess {
  mkdirSync(dirname(log), { recursive: true });
  const output = openSync(log, 'a', 0o600);
  const prefix = [...asUser(user), `--pdeathsig=${stopSignal.slice(3)}`];
  try {
    const child = spawn('setpriv', [...prefix, command, ...args], {
      cwd,
      env: { PATH: searchPath, HOME: cwd, ...env },
      stdio: ['ignore', output, output],
      detached: true,
    });
    child.on('error', () => {});
    return child;
  } finally {
    closeSync(output);
  }
}

/** Another user than root, who may still pass through folders that are root's alone. */
export const asUser = (user: string | undefined): string[] =>
  user === undefined
    ? []
    : [
        `--reuid=${user}`,
        `--regid=${user}`,
        '--init-groups',
        '--inh-caps=+dac_read_search',
        '--ambient-caps=+dac_read_search',
      ];

async function untilReady({ name, isReady, log }: ServerCommand, child: ChildProcess): Promise<void> {
  const deadline = Date.now() + startMs;
  for (;;) {
    if (hasEnded(child) || child.pid === undefined) throw notStarted(name, 'ended at once', log);
    let reason: unknown;
    try {
      await isReady();
      return;
    } catch (error) {
      reason = error;
    }
    if (Date.now() > deadline) throw notStarted(name, `was not ready within ${startMs / 1000} s`, log, reason);
    await sleep(50);
  }
}

const notStarted = (name: string, what: string, log: string, cause?: unknown) =>
  new Error(`${name} ${what}; its log ${log} ends with:\n${readFileSync(log, 'utf8').slice(-1500)}`, { cause });

/** A port of the loopback that nobody listens on just now; with a number, that one or an error. */
export function freePort(port = 0): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const server = createServer().on('error', reject);
  server.listen(port, '127.0.0.1', () => {
    const address = server.address();
    server.close(() => resolve(typeof address === 'object' && address ? address.port : port));
  });
  return promise;
}
