import { spawn, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const main = fileURLToPath(new URL('../../cli/main.ts', import.meta.url));
const start = fileURLToPath(new URL('../../start.mjs', import.meta.url));

export interface CliRun {
  /** Null where a signal ended it. */
  code: number | null;
  stdout: string;
  stderr: string;
}

export interface CliOptions {
  /** GEOCROP_HOME: settings and installed models. */
  home: string;
  env?: Record<string, string> | undefined;
  cwd?: string | undefined;
  /** By start.mjs as users call it, not straight by the program behind it. */
  asUser?: boolean | undefined;
  /** In a process group of its own, as a shell starts a command, so that Ctrl-C can be sent to all of it. */
  ownGroup?: boolean | undefined;
}

export interface RunningCli {
  child: ChildProcess;
  done: Promise<CliRun>;
}

const running = new Set<ChildProcess>();

/** Ends the runs that a failed test has left behind. */
export const endRuns = (): void => running.forEach((child) => child.kill('SIGKILL'));

/** Starts the command line in a process of its own. */
export function startCli(args: readonly string[], { home, env, cwd, asUser, ownGroup }: CliOptions): RunningCli {
  const child = spawn(process.execPath, [asUser ? start : main, ...args], {
    cwd,
    detached: ownGroup ?? false,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...withoutSettings(process.env), GEOCROP_HOME: home, ...env },
  });
  running.add(child);
  const run = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const)
    child[name].setEncoding('utf8').on('data', (text: string) => (run[name] += text));
  const done = new Promise<CliRun>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => {
      running.delete(child);
      resolve({ code, ...run });
    });
  });
  return { child, done };
}

/** Runs the command line to its end. */
export const runCli = (args: readonly string[], options: CliOptions): Promise<CliRun> => startCli(args, options).done;

/** As `runCli`, for a run that has to succeed; fails with what it said. */
export async function mustRun(args: readonly string[], options: CliOptions): Promise<CliRun> {
  const run = await runCli(args, options);
  if (run.code !== 0)
    throw new Error(`geocrop ${args.join(' ')} ended with ${run.code}:\n${run.stderr}\n${run.stdout}`);
  return run;
}

function withoutSettings(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('GEOCROP_')));
}
