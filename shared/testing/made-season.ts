import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { makeSeason, type MadeSeason } from '../../samples/make-season.ts';
import { testCache } from './work-folder.ts';

const recipe = fileURLToPath(new URL('../../samples/make-season', import.meta.url));

/** A made season of so many chunks and dates, shared by all test files and kept from run to run. */
export async function madeSeason(chunksX: number, chunksY: number, dates: number): Promise<MadeSeason> {
  const name = `season-${chunksX}x${chunksY}-${dates}-${recipeHash()}`;
  mkdirSync(testCache, { recursive: true });
  const unlock = await lock(join(testCache, `${name}.lock`));
  try {
    return await makeSeason({ out: join(testCache, name), chunksX, chunksY, dates });
  } finally {
    unlock();
  }
}

/** Another recipe makes another season. */
function recipeHash(): string {
  const hash = createHash('sha256');
  const sources = readdirSync(recipe).filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'));
  for (const file of sources.sort()) hash.update(readFileSync(join(recipe, file)));
  return hash.digest('hex').slice(0, 12);
}

/** Waits until no other living process holds the lock. */
async function lock(path: string): Promise<() => void> {
  for (;;) {
    try {
      writeFileSync(path, String(process.pid), { flag: 'wx' });
      return () => rmSync(path, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      if (isDead(path)) rmSync(path, { force: true });
      else await delay(200);
    }
  }
}

/** Whether the process that the lock names has ended; an empty file is one that its owner is just writing. */
function isDead(path: string): boolean {
  try {
    const pid = Number(readFileSync(path, 'utf8'));
    if (pid > 0) process.kill(pid, 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}
