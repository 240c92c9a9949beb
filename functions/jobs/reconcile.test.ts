import { sql } from 'kysely';
import { expect, test } from 'vitest';
import type { Database } from '#shared/db/database.ts';
import { submitJob } from '#shared/db/submit-job.ts';
import { databaseQueue } from '#shared/queue/database-queue.ts';
import { eachDatabase } from '#shared/testing/databases.ts';
import { defaultQuotas, makeUser, submission } from '#shared/testing/job-fixtures.ts';
import { jobsWorld } from './testing/jobs-world.ts';

/** Lets a reconciler run a minute later. */
async function reconciler(db: Database) {
  const world = await jobsWorld(db);
  return async () => {
    await sql`UPDATE schedules SET last_run = last_run - interval '1 minute'`.execute(db);
    await sql`UPDATE jobs SET created_at = created_at - interval '61 seconds'`.execute(db);
    return (await world.send('/jobs/-/reconcile', { method: 'POST' })).body;
  };
}

eachDatabase((_, open) => {
  test('while nobody plans, each job has a message and not one more each minute; one that is lost is sent again', async () => {
    const db = open();
    const queue = databaseQueue(db);
    const owner = await makeUser(db, 'admin');
    const reconcile = await reconciler(db);
    for (let n = 0; n < 3; n++) await submitJob(db, submission(owner), defaultQuotas);
    expect(await reconcile()).toMatchObject({ due: true, plan: 3, stitch: 0 });
    for (let minute = 0; minute < 5; minute++) expect(await reconcile()).toMatchObject({ due: true, plan: 0 });
    expect(await queue.counts('jobs')).toEqual({ ready: 3, inFlight: 0 });
    const [taken] = await queue.receive('jobs', { max: 1, visibilitySeconds: 60, waitSeconds: 0 });
    await queue.delete('jobs', taken.receipt);
    expect(await reconcile()).toMatchObject({ plan: 3 });
    expect((await queue.counts('jobs')).ready).toBe(5);
  });
});
