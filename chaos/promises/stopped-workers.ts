import { setTimeout as sleep } from 'node:timers/promises';
import { completePart, failPart } from '#shared/db/complete-part.ts';
import type { Database } from '#shared/db/database.ts';
import { claimPart, releasePart, renewPart } from '#shared/db/part-lease.ts';
import { makeUser, partKeyOf, runningJob } from '#shared/testing/job-fixtures.ts';
import type { ChaosPromise } from '../promise.ts';
import { until } from '../until.ts';
import { ended, partArea, submit } from '../world/jobs.ts';
import { openWorld, type World } from '../world/open-world.ts';
import { heldPart, type HeldPart } from '../world/recovery.ts';
import type { WorkProcess } from '../world/work-process.ts';

/** Stops workers until their lease is another's, and lets them go on: a tenth of them are processes. */
export const stoppedWorkers: ChaosPromise = {
  name: 'stopped-workers',
  needs: ['PostgreSQL'],
  goal: 50,
  async run(attempts, io) {
    const world = await openWorld(io);
    const stopReconciling = world.keepReconciling();
    const processes = Math.ceil(attempts / 10);
    let kept = 0;
    try {
      for (let n = processes; n < attempts; n++) if (await isRowRefused(world.db)) kept++;
      world.start('score');
      for (let n = 0, area = 0; n < processes; area++) {
        const refused = await isProcessRefused(world, area);
        // Where it was done before it could be stopped, nothing was tried.
        if (refused === null) continue;
        if (refused) kept++;
        io.say(`${++n} of ${processes} stopped processes`);
      }
    } finally {
      stopReconciling();
      await world.close();
    }
    const promise = 'a stopped worker that wakes after its lease: its completion is refused';
    return { promise, tried: attempts, kept };
  },
};

const short = { leaseSeconds: 0.1, maxTries: 5 };

/** The same with the functions of the database alone: everything that the late worker may try. */
async function isRowRefused(db: Database): Promise<boolean> {
  const key = partKeyOf();
  const job = await runningJob(db, await makeUser(db, 'admin'), [key]);
  const late = (await claimPart(db, key, 'late', short))!;
  await sleep(150);
  const next = (await claimPart(db, key, 'next', { ...short, leaseSeconds: 60 }))!;
  const refused = [
    await completePart(db, late, { by: 'late' }),
    (await renewPart(db, late, 1, short)) || null,
    (await releasePart(db, late, { forgive: false })) || null,
    await failPart(db, late, { code: 'internal', message: 'late' }, 'system'),
  ].every((answer) => answer === null);
  const done = await completePart(db, next, { by: 'next' });
  const again = await completePart(db, late, { by: 'late' });
  const { record } = await db.selectFrom('parts').select('record').where('key', '=', key).executeTakeFirstOrThrow();
  return refused && again === null && done?.[0] === job.id && (record as { by: string }).by === 'next';
}

async function isProcessRefused(world: World, n: number): Promise<boolean | null> {
  const late = world.start('infer');
  const id = await submit(world, partArea(n));
  const isOver = async () => (await world.db.selectFrom('jobs').select('state').where('id', '=', id).executeTakeFirst())?.state === 'successful'; // prettier-ignore
  const look = async () => ({ part: await heldPart(world.db, late.worker), isOver: await isOver() });
  const { part } = await until('the worker to have the part', look, (now) => now.part !== null || now.isOver, {
    everyMs: 5,
  });
  if (!part) return null;
  late.child.kill('SIGSTOP');
  const next = world.start('infer');
  await ended(world, id);
  late.child.kill('SIGCONT');
  const isRefused = await wakesInVain(world, part, late, next);
  await Promise.all([world.kill(late), world.kill(next)]);
  return isRefused;
}

/** Null where it had committed in the moment before it stopped. */
async function wakesInVain({ db }: World, part: HeldPart, late: WorkProcess, next: WorkProcess) {
  const row = () =>
    db.selectFrom('parts').select(['lease', 'state', 'record']).where('key', '=', part.key).executeTakeFirstOrThrow();
  const before = await row();
  if (Number(before.lease) === part.lease) return null;
  await until(
    'the word of the woken worker',
    () => wordsOf(late, part),
    (words) => words.length > 0,
    { ms: 30_000 },
  );
  const after = await row();
  const isSame = JSON.stringify(after) === JSON.stringify(before);
  const { worker } = after.record as { worker: string };
  return isSame && worker === next.worker && wordsOf(late, part).every((word) => word === 'Part:Dropped');
}

const wordsOf = ({ lines }: WorkProcess, { key }: HeldPart) =>
  lines.filter((line) => line.part === key && line.message !== 'Part:HeartbeatFailed').map(({ message }) => message);
