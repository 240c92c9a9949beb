import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { hostname } from 'node:os';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export type WorkName = 'infer' | 'score';

/** A process of `infer` or `score`, as the platform starts them. */
export interface WorkProcess {
  name: WorkName;
  child: ChildProcess;
  /** How it calls itself in leases. */
  worker: string;
  /** What it has logged. */
  lines: Record<string, unknown>[];
  ended: Promise<unknown>;
}

const mainOf = (name: WorkName) => fileURLToPath(new URL(`../../functions/${name}/main.ts`, import.meta.url));

/** What a prefix starts it through must become the process itself. */
export function startWork(name: WorkName, env: Record<string, string>, prefix: readonly string[] = []): WorkProcess {
  const [command, ...args] = [...prefix, process.execPath, mainOf(name)];
  // By its channel it hears that this process is gone, and ends.
  const child = spawn(command, args, { env, stdio: ['ignore', 'pipe', 'inherit', 'ipc'] });
  const lines: Record<string, unknown>[] = [];
  createInterface(child.stdout!).on('line', (line) => {
    // A process that is killed may leave half a line.
    if (line.endsWith('}')) lines.push(JSON.parse(line) as Record<string, unknown>);
  });
  return { name, child, worker: `${hostname()}/${child.pid}`, lines, ended: once(child, 'exit') };
}

export async function endWork({ child, ended }: WorkProcess): Promise<void> {
  child.kill('SIGKILL');
  await ended;
}
