import { beforeAll, expect, test } from 'vitest';
import { completePart } from '#shared/db/complete-part.ts';
import type { Database } from '#shared/db/database.ts';
import { claimPart } from '#shared/db/part-lease.ts';
import { createShare } from '#shared/db/shares.ts';
import type { Principal } from '#shared/domain/user.ts';
import { eachDatabase } from '#shared/testing/databases.ts';
import { defaultLeaseTimes, makeUser, partKeyOf, runningJob } from '#shared/testing/job-fixtures.ts';
import { jobReader } from './job-reader.ts';

eachDatabase((_name, open) => {
  let db: Database;
  beforeAll(() => {
    db = open();
  });
  const userOf = async (): Promise<Principal> => ({
    id: await makeUser(db, 'analyst'),
    name: 'someone',
    role: 'analyst',
  });

  test('tells who may read a job, and which of its parts are committed', async () => {
    let opened = 0;
    const reader = jobReader(async () => {
      opened++;
      return db;
    });
    expect(opened).toBe(0);
    const [owner, other] = [await userOf(), await userOf()];
    const keys = [partKeyOf(), partKeyOf()];
    const { id } = await runningJob(db, owner.id, keys);
    const { key } = await createShare(db, { jobId: id, createdBy: owner.id, days: 1 });
    expect((await reader.readable(id, { user: owner })).id).toBe(id);
    expect((await reader.readable(id, { share: key })).id).toBe(id);
    await expect(reader.readable(id, { user: other })).rejects.toMatchObject({ code: 'not-found' });
    await expect(reader.readable(id, { share: `${key.slice(1)}x` })).rejects.toMatchObject({ code: 'not-found' });
    expect(await reader.doneParts(id)).toEqual([]);
    const lease = await claimPart(db, keys[1], 'worker', defaultLeaseTimes);
    await completePart(db, lease!, {});
    expect(await reader.doneParts(id)).toEqual([keys[1]]);
  });
});
