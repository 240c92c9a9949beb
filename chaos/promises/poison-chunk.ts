import { retryJob } from '#shared/db/end-job.ts';
import { findJob } from '#shared/db/job-row.ts';
import { openStates } from '#shared/domain/job.ts';
import { jobsQueue } from '#shared/queue/work-messages.ts';
import { defaultQuotas } from '#shared/testing/job-fixtures.ts';
import type { ChaosIo, ChaosPromise } from '../promise.ts';
import { until } from '../until.ts';
import { cornerArea, ended, mapHash, submit, undisturbed } from '../world/jobs.ts';
import { maxTries, openWorld, type World } from '../world/open-world.ts';
import { heldParts } from '../world/recovery.ts';

/** Kills whoever begins one part of a job, until the platform gives the part up; then runs the job again in peace. */
export const poisonChunk: ChaosPromise = {
  name: 'poison-chunk',
  needs: ['PostgreSQL'],
  goal: 5,
  async run(attempts, io) {
    const world = await openWorld(io);
    const stopReconciling = world.keepReconciling();
    let kept = 0;
    try {
      for (let n = 0; n < 2; n++) world.start('infer');
      world.start('score');
      for (let n = 0; n < attempts; n++) {
        if (await isGivenUpAndRedriven(world, n, io)) kept++;
        io.say(`${n + 1} of ${attempts} poisoned jobs`);
      }
    } finally {
      stopReconciling();
      await world.close();
    }
    const promise = `a poison chunk: failed after exactly ${maxTries} tries with its reason, the others finish, a retry works`;
    return { promise, tried: attempts, kept };
  },
};

async function isGivenUpAndRedriven(world: World, n: number, io: ChaosIo): Promise<boolean> {
  const { db, queue } = world;
  const id = await submit(world, cornerArea(n));
  const poison = await firstPart(world, id);
  const kills = await killWhoTakes(world, id, poison);
  const job = await ended(world, id);
  const parts = await partsOf(world, id);
  const isFailedSo =
    kills === maxTries &&
    job.error?.code === 'worker-died' &&
    job.error.message.includes(`begun ${maxTries} times`) &&
    parts.every(({ key, state, tries }) =>
      key === poison ? state === 'failed' && tries === maxTries : state === 'done',
    );
  if (!isFailedSo) io.say(`${kills} kills, ${job.state}: ${job.error?.message}; ${JSON.stringify(parts)}`);
  await retryJob(db, id, job.owner, defaultQuotas);
  await queue.send(jobsQueue, [{ step: 'plan', jobId: id }]);
  const again = await ended(world, id);
  const finished = (await partsOf(world, id)).filter(({ key }) => key !== poison);
  // What was finished is used as it is.
  const isReused = finished.every(({ key, lease }) => parts.find((part) => part.key === key)?.lease === lease);
  const [expected] = await undisturbed({ ...io, folder: `${io.folder}/${n}` }, [cornerArea(n)]);
  const isRight = (await mapHash(world, id)) === expected;
  if (!isReused || !isRight)
    io.say(`run again: ${again.state}, ${JSON.stringify({ isReused, isRight, parts, finished })}`);
  return isFailedSo && again.state === 'successful' && isReused && isRight;
}

const partsOf = ({ db }: World, id: string) =>
  db
    .selectFrom('job_parts')
    .innerJoin('parts', 'parts.key', 'job_parts.part_key')
    .select(['key', 'state', 'tries', 'lease'])
    .where('job_id', '=', id)
    .orderBy('position')
    .execute();

async function firstPart(world: World, id: string): Promise<string> {
  const parts = await until(
    'the plan',
    () => partsOf(world, id),
    (found) => found.length > 0,
    { everyMs: 5 },
  );
  return parts[0].key;
}

/** How often somebody had to be killed before the job was over. */
async function killWhoTakes(world: World, id: string, poison: string): Promise<number> {
  let kills = 0;
  const look = async () => {
    for (const work of world.processes) {
      if (!(await heldParts(world.db, work.worker)).some(({ key }) => key === poison)) continue;
      await world.kill(work);
      world.start('infer');
      kills++;
    }
    return (await findJob(world.db, id, null))!.state;
  };
  await until('the end of the poisoned job', look, (state) => !openStates.includes(state), { everyMs: 5 });
  return kills;
}
