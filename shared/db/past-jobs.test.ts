import { beforeAll, describe, expect, test } from 'vitest';
import type { Job } from '#shared/domain/job.ts';
import { databaseQueue } from '#shared/queue/database-queue.ts';
import { eachDatabase } from '#shared/testing/databases.ts';
import { defaultLeaseTimes, defaultQuotas, makeUser, partKeyOf, submission } from '#shared/testing/job-fixtures.ts';
import { commitPlan } from './commit-plan.ts';
import { completePart, jobsOfPart } from './complete-part.ts';
import type { Database } from './database.ts';
import { eventsAfter } from './events.ts';
import { claimPlanning, claimStitching, finishJob, renewJob } from './job-lease.ts';
import { jobProgress, partRecords } from './job-progress.ts';
import { expireJobs, oldestKept, unsweptJobs } from './expire-jobs.ts';
import { forgetParts, forgottenSoon } from './forget-parts.ts';
import { findJob } from './job-row.ts';
import { listJobs } from './list-jobs.ts';
import { findLostWork } from './lost-work.ts';
import { claimPart, releasePart, renewPart, wasTried } from './part-lease.ts';
import { recentJobs, recentParts } from './past-work.ts';
import { takeUnusedParts } from './retention.ts';
import { submitJob } from './submit-job.ts';
import { rowsTouched } from './testing/rows-touched.ts';
import { seedPastJobs } from './testing/seed-past-jobs.ts';

const day = 86_400;

eachDatabase((name, open) => {
  // The embedded database takes a minute to be filled with as many.
  const pastJobs = name === 'postgresql' ? 5000 : 1500;
  describe(`with ${pastJobs} jobs that have ended`, () => {
    let db: Database;
    let owner: string;
    beforeAll(async () => {
      db = open({ maxConnections: 1 });
      owner = await makeUser(db, 'analyst');
      await seedPastJobs(db, owner, pastJobs);
    }, 120_000);

    /** Rows that are met must be few, whether one by one or by an index: far fewer than there are jobs, parts or events. */
    async function few<T>(most: number, work: () => Promise<T>): Promise<T> {
      let result: T | undefined;
      const { scanned, byIndex } = await rowsTouched(db, async () => (result = await work()));
      expect(scanned, 'rows that no index was used for').toBeLessThan(50);
      expect(byIndex, 'rows found by an index').toBeLessThan(most);
      return result as T;
    }

    test('what counts the rows sees a scan of them all', async () => {
      const all = await rowsTouched(db, () => db.selectFrom('jobs').select('id').where('scenes', '=', 7).execute());
      expect(all.scanned).toBeGreaterThanOrEqual(pastJobs);
    });

    test.each([
      ['all', false],
      ['own', true],
    ])('lists of %s jobs: the first page, the second, and those of each state', async (_, isOwn) => {
      const filter = { owner: isOwn ? owner : null, limit: 20 };
      const { jobs, next } = await few(100, () => listJobs(db, filter));
      expect(jobs).toHaveLength(20);
      expect((await few(100, () => listJobs(db, { ...filter, after: next! }))).jobs).toHaveLength(20);
      for (const state of ['accepted', 'running', 'failed', 'dismissed'] as const)
        await few(400, () => listJobs(db, { ...filter, state }));
    });

    test('a job on its way: submitting, planning, computing, stitching, and the queue', async () => {
      const queue = databaseQueue(db);
      const keys = [partKeyOf(), partKeyOf()];
      const { job } = await few(100, () => submitJob(db, submission(owner, 'key'), defaultQuotas));
      const planned = (await few(100, () => claimPlanning(db, job.id)))!;
      const parts = keys.map((key) => ({
        key,
        box: [4, 50, 5, 51] as [number, number, number, number],
        sceneReads: 9,
      }));
      await few(100, () => commitPlan(db, planned, parts, 3));
      await few(100, () => queue.send('chunks', keys));
      await few(100, () => queue.counts('chunks'));
      for (const key of keys) {
        const [message] = await few(100, () =>
          queue.receive('chunks', { max: 1, visibilitySeconds: 60, waitSeconds: 0 }),
        );
        await few(100, () => queue.extend('chunks', message.receipt, 60));
        await few(100, () => wasTried(db, key));
        const first = (await few(100, () => claimPart(db, key, 'worker', defaultLeaseTimes)))!;
        await few(100, () => releasePart(db, first, { forgive: true }));
        const lease = (await few(100, () => claimPart(db, key, 'worker', defaultLeaseTimes)))!;
        await few(100, () => renewPart(db, lease, 1, defaultLeaseTimes));
        await few(100, () => jobsOfPart(db, key));
        await few(100, () => completePart(db, lease, {}));
        await few(100, () => queue.delete('chunks', message.receipt));
      }
      await few(100, () => jobProgress(db, job.id));
      await few(100, () => eventsAfter(db, job.id, 0));
      await few(100, () => findLostWork(db, 5));
      await few(100, () => stitchedBy(job));
      expect(await few(100, () => findJob(db, job.id, owner))).toMatchObject({ state: 'successful' });
    });

    async function stitchedBy({ id }: Job) {
      const held = (await claimStitching(db, id))!;
      const records: unknown[] = [];
      for await (const record of partRecords(db, id)) records.push(record);
      expect(records).toHaveLength(2);
      expect(await renewJob(db, held)).toBe(true);
      expect(await finishJob(db, held, {})).toBe(true);
    }

    // Of fewer rows a table is rightly read as a whole.
    if (name === 'postgresql')
      test('quotes', async () => {
        // Two hundred parts at most, each with its job; those of the test before have no times.
        expect((await few(2000, () => recentParts(db, 'demo'))).length).toBeGreaterThan(190);
        expect(await few(500, () => recentJobs(db, 'demo'))).not.toHaveLength(0);
      });

    test('retention, and the reconciler, where nothing is to be done', async () => {
      await few(100, () => findLostWork(db, 5));
      const ages = { failedSeconds: 90 * day, dismissedSeconds: 90 * day, deletedSeconds: 90 * day };
      await few(1000, () => expireJobs(db, { ...ages, successfulSeconds: 90 * day }, 20));
      await few(1000, () => expireJobs(db, { ...ages, successfulSeconds: null }, 20));
      await few(100, () => oldestKept(db, 'with result', 20));
      await few(100, () => oldestKept(db, 'without result', 20));
      await few(100, () => forgottenSoon(db));
      await few(100, () => unsweptJobs(db, 600, 20));
      await few(100, () => forgetParts(db, { olderThanSeconds: 3600, limit: 20 }, async () => {}));
    });

    if (name === 'postgresql')
      test('parts of old jobs, and of cancelled ones: as many as are taken, not as many as there are', async () => {
        const take = (keepDays: number) =>
          takeUnusedParts(db, { keepSeconds: keepDays * day, graceSeconds: 3600 }, { limit: 20, leaseSeconds: 300 });
        expect(await few(2000, () => take(19))).toHaveLength(20);
        expect(await few(2000, () => take(30))).toHaveLength(20);
      });
  });
});
