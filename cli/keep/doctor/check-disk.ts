import { lstat, readdir, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { folderBytes } from '#shared/storage/folder-bytes.ts';
import { fail, megabytes, ok, warn, type Finding } from './finding.ts';

/** Below this the platform does not start. */
const leastBytes = 2e8;
const fewBytes = 2e9;

/** Room on the disk of the home, and what the home holds, the largest first. */
export async function checkDisk(home: string): Promise<Finding[]> {
  const { bavail, bsize } = await statfs(home);
  const free = bavail * bsize;
  const held = await holdings(home);
  const total = held.reduce((sum, { bytes }) => sum + bytes, 0);
  const list = held.slice(0, 6).map(({ name, bytes }) => `${name} ${megabytes(bytes)}`);
  const text = `${megabytes(free)} free; ${home} holds ${megabytes(total)}${list.length > 0 ? ` (${list.join(', ')})` : ''}`;
  return [roomFinding(free, text), ...laidAside(held)];
}

function roomFinding(free: number, text: string): Finding {
  const todo = 'free some space, or let old results go: GEOCROP_KEEP_RESULTS_DAYS, GEOCROP_HOME_MAX_BYTES';
  if (free < leastBytes) return fail('disk', text, todo);
  return free < fewBytes ? warn('disk', text, todo) : ok('disk', text);
}

interface Holding {
  name: string;
  bytes: number;
}

function laidAside(held: readonly Holding[]): Finding[] {
  return held
    .filter(({ name }) => name.startsWith('replaced-') || name.startsWith('.restore-'))
    .map(({ name, bytes }) =>
      warn('disk', `${name} is left of a restore and takes ${megabytes(bytes)}`, 'remove it when all is well'),
    );
}

async function holdings(home: string): Promise<Holding[]> {
  const names = await readdir(home);
  const held = await Promise.all(
    names.map(async (name) => {
      const path = join(home, name);
      const found = await lstat(path);
      return { name, bytes: found.isDirectory() ? await folderBytes(path) : found.size };
    }),
  );
  return held.sort((a, b) => b.bytes - a.bytes);
}
