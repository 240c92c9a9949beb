import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { openDatabase } from '#shared/db/database.ts';
import { findJob } from '#shared/db/job-row.ts';
import { submitJob } from '#shared/db/submit-job.ts';
import { chunkMetres } from '#shared/domain/grid.ts';
import { openStates, type Job } from '#shared/domain/job.ts';
import { fromUtm } from '#shared/domain/utm.ts';
import { resultPrefix } from '#shared/mapping/stored-task.ts';
import { databaseQueue } from '#shared/queue/database-queue.ts';
import { jobsQueue } from '#shared/queue/work-messages.ts';
import { directoryStore } from '#shared/storage/directory-store.ts';
import { defaultQuotas, makeUser, submission } from '#shared/testing/job-fixtures.ts';
import { mapInProcess, type BackEnds } from '#shared/testing/services/map-in-process.ts';
import { innerCorners } from '#shared/testing/season-areas.ts';
import type { ChaosIo } from '../promise.ts';
import { until } from '../until.ts';

export interface Area {
  lon: number;
  lat: number;
  radiusM: number;
}

/** The n-th of many circles round a corner of four chunks; each has parts of its own, for its mask differs. */
export function cornerArea(n: number): Area {
  const [x, y] = innerCorners[n % innerCorners.length];
  const [lon, lat] = fromUtm({ zone: 31, north: true }, x, y);
  return { lon, lat, radiusM: 500 + 20 * n };
}

/** The n-th of many circles in the middle of one chunk: a job of one part. */
export function partArea(n: number): Area {
  const [x, y] = innerCorners[n % innerCorners.length];
  const [lon, lat] = fromUtm({ zone: 31, north: true }, x - chunkMetres / 2, y - chunkMetres / 2);
  return { lon, lat, radiusM: 1000 + 20 * n };
}

export async function submit({ db, queue }: BackEnds, area: Area): Promise<string> {
  const made = submission(await makeUser(db, 'admin'));
  const request = { ...made.request, aoi: { type: 'circle' as const, ...area }, model: 'tiny' };
  const { job } = await submitJob(db, { ...made, source: 'made', request }, defaultQuotas);
  await queue.send(jobsQueue, [{ step: 'plan', jobId: job.id }]);
  return job.id;
}

export const ended = (ends: BackEnds, id: string, ms = 300_000): Promise<Job> =>
  until(
    `the end of job ${id}`,
    async () => (await findJob(ends.db, id, null))!,
    ({ state }) => !openStates.includes(state),
    { ms, everyMs: 100 },
  );

/** SHA-256 of a job's map, or null where it has none. */
export async function mapHash({ store }: BackEnds, id: string): Promise<string | null> {
  const map = await store.get(`${resultPrefix(id)}map.tif`);
  return map && createHash('sha256').update(map).digest('hex');
}

/** SHA-256 of the maps of these areas where nothing disturbs their making, in the same order. */
export async function undisturbed(io: ChaosIo, areas: readonly Area[]): Promise<string[]> {
  const db = openDatabase({ url: await io.newDatabase() });
  const ends = { db, queue: databaseQueue(db), store: directoryStore(join(io.folder, 'undisturbed')) };
  const hashes: string[] = [];
  try {
    for (const area of areas) {
      hashes.push((await mapInProcess(ends, await io.season(), area)).sha256);
      io.say(`${hashes.length} of ${areas.length} maps made undisturbed`);
    }
    return hashes;
  } finally {
    await db.destroy();
  }
}
