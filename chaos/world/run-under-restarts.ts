import { setTimeout as sleep } from 'node:timers/promises';
import { retryJob } from '#shared/db/end-job.ts';
import { findJob } from '#shared/db/job-row.ts';
import { openStates, type Job } from '#shared/domain/job.ts';
import { jobsQueue } from '#shared/queue/work-messages.ts';
import { defaultQuotas } from '#shared/testing/job-fixtures.ts';
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
    for (const id of ids) await goOn(world, io, await endedInTheEnd(world, id));
    const made = await Promise.all(ids.map((id) => mapHash(world, id)));
    const areas = ids.map((_, n) => cornerArea(n));
    const expected = await undisturbed(io, areas);
    return { jobs: ids.length, right: made.filter((hash, n) => hash === expected[n]).length };
  } finally {
    for (const stop of stops) stop();
  }
}

/** A job that failed, with its reason, is run again; it uses what was finished. */
async function goOn(world: World, io: ChaosIo, { id, state, owner, error }: Job): Promise<void> {
  if (state !== 'failed' || !error?.message) return;
  io.say(`job ${id} failed and is run again: ${error.message}`);
  await retryJob(world.db, id, owner, defaultQuotas);
  await world.queue.send(jobsQueue, [{ step: 'plan', jobId: id }]);
  await endedInTheEnd(world, id);
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
