import { readdir, readFile } from 'node:fs/promises';

const pageBytes = 4096;

/**
 * Resident bytes of the process groups with these leaders, from /proc: memory that processes share is counted once
 * for each. Null where the system has no /proc.
 */
export async function residentBytes(leaders: readonly number[]): Promise<Map<number, number> | null> {
  const entries = await readdir('/proc').catch(() => null);
  if (!entries) return null;
  const sums = new Map(leaders.map((pid) => [pid, 0]));
  const pids = entries.filter((name) => /^\d+$/.test(name));
  await Promise.all(
    pids.map(async (pid) => {
      // A process may end between the listing and the reading.
      const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      const group = Number(fields[2]);
      const sum = sums.get(group);
      if (sum !== undefined) sums.set(group, sum + Number(fields[21]) * pageBytes);
    }),
  );
  return sums;
}
