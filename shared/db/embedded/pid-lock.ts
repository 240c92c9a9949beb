import { readFileSync, renameSync, rmSync, writeFileSync, linkSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { randomUUID } from 'node:crypto';
import { GeoCropError } from '#shared/domain/errors.ts';

export interface PidLock {
  release(): void;
}

/** Which process: a pid alone is given again, after a restart of the machine often to another program. */
interface Holder {
  pid: number;
  started: string;
  token: string;
}

/** How long a second taker may lie between its look at a stale lock and its own writing. */
const settleMs = 250;

const errorCode = (error: unknown) => (error as NodeJS.ErrnoException).code;

/**
 * Takes the lock file for this process. The lock of a process that is gone is taken over.
 *
 * @throws GeoCropError `unavailable` where a living process holds it
 */
export async function takePidLock(path: string, what: string): Promise<PidLock> {
  const own: Holder = { pid: process.pid, started: startOf(process.pid) ?? '', token: randomUUID() };
  if (!create(path, own)) {
    const holder = read(path);
    if (holder && isAlive(holder)) throw inUse(what, holder.pid);
    replace(path, own);
    await delay(settleMs);
  }
  const winner = read(path);
  if (winner?.token !== own.token) throw inUse(what, winner?.pid);
  return {
    release() {
      if (read(path)?.token === own.token) rmSync(path, { force: true });
    },
  };
}

const inUse = (what: string, pid: number | undefined) =>
  new GeoCropError(
    'unavailable',
    `${what} is in use by another process${pid === undefined ? '' : ` (${pid})`}; stop that one, or give this one another folder`,
  );

/** Writes the whole lock at once or nothing: false where there is one. */
function create(path: string, own: Holder): boolean {
  const draft = writeDraft(path, own);
  try {
    linkSync(draft, path);
    return true;
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}

const replace = (path: string, own: Holder) => renameSync(writeDraft(path, own), path);

function writeDraft(path: string, own: Holder): string {
  const draft = `${path}.${own.token}`;
  writeFileSync(draft, JSON.stringify(own), { mode: 0o600 });
  return draft;
}

/** Null where there is no lock, or one that no process of ours can have written. */
function read(path: string): Holder | null {
  try {
    const found = JSON.parse(readFileSync(path, 'utf8')) as Partial<Holder> | null;
    return Number.isInteger(found?.pid) ? (found as Holder) : null;
  } catch (error) {
    if (errorCode(error) === 'ENOENT' || error instanceof SyntaxError) return null;
    throw error;
  }
}

function isAlive({ pid, started }: Holder): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return errorCode(error) === 'EPERM';
  }
  const now = startOf(pid);
  return now === null || started === '' || now === started;
}

/** When a process began, in this run of the machine; null where the system does not tell. */
function startOf(pid: number): string | null {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)!.split(' ');
    return `${boot} ${fields[19]}`;
  } catch {
    return null;
  }
}
