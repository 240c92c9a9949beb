import { join } from 'node:path';
import { fail, megabytes, ok, warn, type Finding } from './finding.ts';

/** The text of a file of the system, or null where there is none. */
export type ReadSystemFile = (path: string) => Promise<string | null>;

/** The embedded database and one worker. */
const leastBytes = 1.5e9;
const fewBytes = 3e9;

/** What the machine has, what of it is free, and what a cgroup (a container, a service of systemd) allows. */
export async function checkMemory(read: ReadSystemFile): Promise<Finding[]> {
  const info = (await read('/proc/meminfo')) ?? '';
  const field = (name: string) =>
    1024 * Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(info)?.[1] ?? Number.NaN);
  const [total, available] = [field('MemTotal'), field('MemAvailable')];
  if (Number.isNaN(total) || Number.isNaN(available)) return [ok('memory', 'this system does not tell')];
  const limit = await cgroupLimit(read);
  const allowed = Math.min(total, limit ?? total);
  const text = `${megabytes(available)} of ${megabytes(total)} available${limit === null ? ', no limit of a cgroup' : `, a cgroup allows ${megabytes(limit)}`}`;
  const todo = 'one machine with everything needs 4 GB: give it more, or keep the database on a server (DATABASE_URL)';
  if (allowed < leastBytes) return [fail('memory', text, todo)];
  return [allowed < fewBytes || available < 5e8 ? warn('memory', text, todo) : ok('memory', text)];
}

/** The tightest limit of this process's cgroup and those above it; null where there is none. */
export async function cgroupLimit(read: ReadSystemFile): Promise<number | null> {
  const own = /^0::(\/.*)$/m.exec((await read('/proc/self/cgroup')) ?? '')?.[1];
  const limits: number[] = [];
  for (let path = own ?? '/'; ; path = join(path, '..')) {
    limits.push(Number((await read(join('/sys/fs/cgroup', path, 'memory.max'))) ?? Number.NaN));
    if (path === '/') break;
  }
  limits.push(Number((await read('/sys/fs/cgroup/memory/memory.limit_in_bytes')) ?? Number.NaN));
  // The first version says "no limit" by a number that no machine has.
  const real = limits.filter((limit) => Number.isFinite(limit) && limit > 0 && limit < 2 ** 60);
  return real.length > 0 ? Math.min(...real) : null;
}
