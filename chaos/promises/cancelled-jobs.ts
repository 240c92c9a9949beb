import { setTimeout as sleep } from 'node:timers/promises';
import { dismissJob } from '#shared/db/end-job.ts';
import type { ChaosPromise } from '../promise.ts';
import { until } from '../until.ts';
import { cornerArea, submit } from '../world/jobs.ts';
import { openWorld, type World } from '../world/open-world.ts';

const noNewWorkMs = 5000;
const watchedMs = 3000;

/** Cancels jobs at random moments after their first part. */
export const cancelledJobs: ChaosPromise = {
  name: 'cancelled-jobs',
  needs: ['PostgreSQL'],
  goal: 10,
  async run(attempts, io) {
    const world = await openWorld(io);
    const stopReconciling = world.keepReconciling();
    let kept = 0;
    try {
      for (let n = 0; n < 2; n++) world.start('infer');
      world.start('score');
      for (let n = 0, tried = 0; tried < attempts; n++) {
        const broken = await whatCancellingBroke(world, n, 400 * io.random());
        // Where it had ended before it could be cancelled, nothing was tried.
        if (broken === null) continue;
        if (broken.length === 0) kept++;
        io.say([`${++tried} of ${attempts} jobs cancelled`, ...broken].join('; '));
      }
    } finally {
      stopReconciling();
      await world.close();
    }
    const promise = 'a cancelled job: no new work after 5 s, nothing committed, finished parts stay';
    return { promise, tried: attempts, kept };
  },
};

/** What did not hold, in words; null where the job had ended before it could be cancelled. */
async function whatCancellingBroke(world: World, n: number, afterMs: number): Promise<string[] | null> {
  const id = await submit(world, cornerArea(n));
  await until(
    'a finished part',
    () => partsOf(world, id),
    (parts) => parts.some(isDone),
    { everyMs: 10 },
  );
  await sleep(afterMs);
  if (!(await dismissJob(world.db, id))) return null;
  const atCancel = (await partsOf(world, id)).filter(isDone);
  await sleep(noNewWorkMs);
  const then = await partsOf(world, id);
  await sleep(watchedMs);
  const later = await partsOf(world, id);
  const stored = await Promise.all(atCancel.map(({ key }) => world.store.size(`parts/${key}.tif`)));
  const { state } = await world.db.selectFrom('jobs').select('state').where('id', '=', id).executeTakeFirstOrThrow();
  const broken: string[] = [];
  if (state !== 'dismissed') broken.push(`the job is ${state}`);
  if (JSON.stringify(then) !== JSON.stringify(later) || later.some((part) => part.state === 'leased'))
    broken.push(`work went on: ${JSON.stringify({ then, later })}`);
  if (later.filter(isDone).length !== atCancel.length)
    broken.push(`parts were committed: ${JSON.stringify({ atCancel, later })}`);
  if (stored.includes(null)) broken.push('a finished part is gone from the store');
  return broken;
}

const isDone = ({ state }: { state: string }) => state === 'done';

const partsOf = ({ db }: World, id: string) =>
  db
    .selectFrom('job_parts')
    .innerJoin('parts', 'parts.key', 'job_parts.part_key')
    .select(['key', 'state', 'lease'])
    .where('job_id', '=', id)
    .orderBy('position')
    .execute();
