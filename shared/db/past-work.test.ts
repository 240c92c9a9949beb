import { sql } from 'kysely';
import { beforeAll, expect, test } from 'vitest';
import { eachDatabase } from '#shared/testing/databases.ts';
import { defaultLeaseTimes, makeUser, partKeyOf, runningJob } from '#shared/testing/job-fixtures.ts';
import { completePart } from './complete-part.ts';
import type { Database } from './database.ts';
import { eventsAfter } from './events.ts';
import { claimStitching, finishJob } from './job-lease.ts';
import { claimPart } from './part-lease.ts';
import { recentJobs, recentParts } from './past-work.ts';

const record = { scenes: [{}, {}, {}], computedPixels: 100, seconds: { read: 3, features: 1.5 } };

eachDatabase((_name, open) => {
  let db: Database;
  let owner: string;
  beforeAll(async () => {
    db = open();
    owner = await makeUser(db, 'admin');
  });

  /** A finished job of a source; its parts are computed for it unless they are there. */
  async function finished(source: string, keys: string[], told: unknown = record): Promise<string> {
    const job = await runningJob(db, owner, keys);
    await db.updateTable('jobs').set({ source }).where('id', '=', job.id).execute();
    for (const key of keys) {
      const lease = await claimPart(db, key, 'worker', defaultLeaseTimes);
      if (lease) await completePart(db, lease, told);
    }
    const held = await claimStitching(db, job.id);
    await finishJob(db, held!, {});
    return job.id;
  }

  test('a part tells its box, so that a map can show where it lies', async () => {
    const id = await finished('boxes', [partKeyOf()]);
    const part = (await eventsAfter(db, id, 0)).find(({ type }) => type === 'part');
    expect(part?.data).toEqual({ key: expect.any(String), bbox: [4, 50, 5, 51] });
  });

  test('finished parts are told with what they took, newest first, of one source', async () => {
    await finished('one', [partKeyOf()], { ...record, computedPixels: 1 });
    await finished('one', [partKeyOf()], { ...record, computedPixels: 2 });
    await finished('two', [partKeyOf()]);
    const parts = await recentParts(db, 'one');
    expect(parts.map(({ computedPixels }) => computedPixels)).toEqual([2, 1]);
    expect(parts[0]).toEqual({
      finishedAt: expect.any(Number),
      scenes: 3,
      computedPixels: 2,
      seconds: { read: 3, features: 1.5 },
    });
    expect(Math.abs(parts[0].finishedAt - Date.now() / 1000)).toBeLessThan(60);
  });

  test('records of another form, parts of no scene and old ones are passed over', async () => {
    await finished('odd', [partKeyOf()], {});
    await finished('odd', [partKeyOf()], { ...record, scenes: [] });
    await finished('odd', [partKeyOf()], { ...record, seconds: { read: 'long' } });
    const old = partKeyOf();
    await finished('odd', [old]);
    await db
      .updateTable('parts')
      .set({ finished_at: sql<Date>`now() - interval '31 days'` })
      .where('key', '=', old)
      .execute();
    expect(await recentParts(db, 'odd')).toEqual([]);
  });

  test('a job counts by its wall clock where all its parts were computed for it, and only then', async () => {
    const shared = partKeyOf();
    await finished('jobs', [shared, partKeyOf()]);
    await finished('jobs', [shared]);
    await finished('jobs', [partKeyOf()], {});
    expect(await recentJobs(db, 'jobs')).toEqual([{ wallSeconds: expect.any(Number), parts: 2, partSeconds: 9 }]);
  });
});
