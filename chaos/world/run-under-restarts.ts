import { setTimeout as sleep } from 'node:timers/promises';
import { findJob } from '#shared/db/job-row.ts';
import { openStates, type Job } from '#shared/domain/job.ts';
import type { ChaosIo } from '../promise.ts';
import { until } from '../until.ts';
import { cornerArea, mapHash, submit, undisturbed } from './jobs.ts';
import type { World } from './open-world.ts';
import { replaceEnded } from './replace-ended.ts';

export interface Restarts {
  jobs: number;
  /** With the bytes of an undisturbed one. */
  right: number;
}

const perJob = 4;

/** Runs jobs, and lets something be restarted so many times while they run. */
export async function runUnderRestarts(
  times: number,
  world: World,
  io: ChaosIo,
  restart: (n: number) => Promise<void>,
): Promise<Restarts> {
  const stops = [world.keepReconciling(), replaceEnded(world, io)];
  const ids: string[] = [];
  try {
    for (const name of ['score', 'infer', 'infer'] as const) world.start(name);
    for (let n = 0; n < times; n++) {
      if (n % perJob === 0 || (await areAllOver(world, ids))) ids.push(await submit(world, cornerArea(ids.length)));
      await sleep(300 + 2000 * io.random());
      await restart(n);
      io.say(`${n + 1} of ${times} restarts, ${ids.length} jobs`);
    }
    const jobs = await Promise.all(ids.map((id) => endedInTheEnd(world, id)));
    for (const { id, state, error } of jobs)
      if (state !== 'successful') io.say(`job ${id}: ${state}, ${error?.message}`);
    const made = await Promise.all(ids.map((id) => mapHash(world, id)));
    const areas = ids.map((_, n) => cornerArea(n));
    const expected = await undisturbed(io, areas);
    return { jobs: ids.length, right: made.filter((hash, n) => hash === expected[n]).length };
  } finally {
    for (const stop of stops) stop();
  }
}

async function areAllOver(world: World, ids: readonly string[]): Promise<boolean> {
  const jobs = await Promise.all(ids.map((id) => findJob(world.db, id, null)));
  return jobs.every((job) => !openStates.includes(job!.state));
}

/** The database may be away for a while. */
const endedInTheEnd = async ({ db }: World, id: string): Promise<Job> =>
  (await until(
    `the end of job ${id}`,
    () => findJob(db, id, null).catch(() => null),
    (job) => job !== null && !openStates.includes(job.state),
    { ms: 300_000, everyMs: 200 },
  ))!;
