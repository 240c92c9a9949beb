import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { killGroup } from './spawn-function.ts';

/** Keeps a file per running process, so that the next start can end what a power loss of the runtime left. */
export interface ProcessRegistry {
  add(pid: number): void;
  remove(pid: number): void;
}

/**
 * Ends the processes that a former runtime left in `folder`, then keeps this one's there. One runtime at a time may
 * use a folder. Returns how many were ended.
 */
export async function openRegistry(
  folder: string,
  warn: (line: string) => void,
): Promise<{ registry: ProcessRegistry; swept: number }> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const swept = await sweep(folder);
  const file = (pid: number) => join(folder, `${pid}`);
  const complain = (error: Error) => warn(`the list of processes in ${folder} cannot be kept: ${error.message}`);
  const registry = {
    add: (pid: number) => void write(file(pid), pid).catch(complain),
    remove: (pid: number) => void rm(file(pid), { force: true }).catch(complain),
  };
  return { registry, swept };
}

async function write(path: string, pid: number): Promise<void> {
  const identity = await processIdentity(pid);
  if (identity) await writeFile(path, identity);
}

async function sweep(folder: string): Promise<number> {
  let swept = 0;
  for (const name of await readdir(folder)) {
    const pid = Number(/^(\d{1,10})$/.exec(name)?.[1] ?? 0);
    if (pid === 0) continue;
    if (await isSame(join(folder, name), pid)) {
      killGroup(pid);
      swept += 1;
    }
    await rm(join(folder, name), { force: true });
  }
  return swept;
}

async function isSame(path: string, pid: number): Promise<boolean> {
  const identity = await processIdentity(pid);
  return identity !== null && (await readFile(path, 'utf8')) === identity;
}

/** What tells a process from a later one with the same id; null where there is none, or no /proc to ask. */
export async function processIdentity(pid: number): Promise<string | null> {
  try {
    const boot = await readFile('/proc/sys/kernel/random/boot_id', 'utf8');
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
    const startTicks = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
    return `${boot.trim()} ${startTicks}`;
  } catch (error) {
    if (['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '')) return null;
    throw error;
  }
}
