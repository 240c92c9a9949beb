import { spawn, type ChildProcess } from 'node:child_process';
import { readLines } from './log-lines.ts';

/** A program to run. */
export interface Command {
  command: string;
  args: string[];
  cwd: string;
  env: Record<string, string>;
}

/** How a process ended, as a person would say it: `exited with code 1`. */
export interface Exit {
  how: string;
}

export type EmitLine = (stream: 'stdout' | 'stderr', line: string) => void;

/** A running program, leader of a process group of its own. */
export interface Spawned {
  /** 0 where the program could not be started at all. */
  pid: number;
  exited: Promise<Exit>;
  /** Asks the program itself, as a container asks its first process. */
  terminate(): void;
  /** Ends it and everything that it started. */
  kill(): void;
}

/** Starts a program that hears no Ctrl-C of the terminal, with no standard input and its output line by line. */
export function spawnFunction({ command, args, cwd, env }: Command, emit: EmitLine): Spawned {
  const child = spawn(command, args, { cwd, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  const pid = child.pid ?? 0;
  readLines(child.stdout, (line) => emit('stdout', line));
  readLines(child.stderr, (line) => emit('stderr', line));
  return { pid, exited: untilExit(child, pid), terminate: () => child.kill('SIGTERM'), kill: () => killGroup(pid) };
}

function untilExit(child: ChildProcess, pid: number): Promise<Exit> {
  return new Promise((resolve) => {
    child.once('error', (error) => resolve({ how: `could not be started: ${error.message}` }));
    child.once('exit', (code, signal) => {
      // Its own children would go on without anyone to stop them.
      killGroup(pid);
      resolve({ how: signal ? `was ended by ${signal}` : `exited with code ${code}` });
    });
  });
}

/** Ends every process of a group; one that is gone already, or became someone else's, is no error. */
export function killGroup(pid: number): void {
  if (pid <= 1) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch (error) {
    if (!['ESRCH', 'EPERM'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
  }
}
