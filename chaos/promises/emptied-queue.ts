import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import { findJob } from '#shared/db/job-row.ts';
import { openStates } from '#shared/domain/job.ts';
import type { ChaosPromise } from '../promise.ts';
import { cornerArea, mapHash, submit, undisturbed } from '../world/jobs.ts';
import { openWorld, type World } from '../world/open-world.ts';

const perJob = 5;
const mostMs = 180_000;

/** Empties the queue at random moments while jobs run. */
export const emptiedQueue: ChaosPromise = {
  name: 'emptied-queue',
  needs: ['PostgreSQL'],
  goal: 20,
  async run(attempts, io) {
    const world = await openWorld(io);
    const jobs = Math.ceil(attempts / perJob);
    let emptied = 0;
    let kept = 0;
    try {
      for (let n = 0; n < 2; n++) world.start('infer');
      world.start('score');
      const ids: string[] = [];
      for (let n = 0; n < jobs; n++) ids.push(await submit(world, cornerArea(n)));
      for (; emptied < attempts; emptied++) {
        await sleep(1000 * io.random());
        const { numDeletedRows } = await world.db.deleteFrom('messages').executeTakeFirst();
        io.say(`${emptied + 1} of ${attempts}: ${numDeletedRows} messages gone`);
        await aMinuteLater(world);
      }
      await untilAllEnd(world, ids);
      const made = await Promise.all(ids.map((id) => mapHash(world, id)));
      const expected = await undisturbed(
        io,
        ids.map((_, n) => cornerArea(n)),
      );
      const isKept = made.every((hash, n) => hash === expected[n]);
      kept = isKept ? emptied : 0;
    } finally {
      await world.close();
    }
    return {
      promise: 'the queue emptied under running jobs: the reconciler restores it, nothing is lost',
      tried: emptied,
      kept,
    };
  },
};

/** The reconciler waits a minute before it takes a message for lost: the rows are made so much older instead. */
async function aMinuteLater(world: World): Promise<void> {
  await sql`UPDATE parts SET enqueued_at = enqueued_at - interval '61 seconds' WHERE state = 'waiting'`.execute(
    world.db,
  );
  await sql`UPDATE jobs SET created_at = created_at - interval '61 seconds' WHERE state = 'accepted'`.execute(world.db);
  await world.reconcile();
}

async function untilAllEnd(world: World, ids: readonly string[]): Promise<void> {
  for (const end = Date.now() + mostMs; Date.now() < end; await sleep(1000)) {
    const jobs = await Promise.all(ids.map((id) => findJob(world.db, id, null)));
    if (jobs.every((job) => !openStates.includes(job!.state))) return;
    await world.reconcile();
  }
  throw new Error('jobs whose messages were taken away do not end');
}
