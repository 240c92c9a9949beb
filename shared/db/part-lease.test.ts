import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import { beforeAll, expect, test } from 'vitest';
import { eachDatabase } from '#shared/testing/databases.ts';
import {
  defaultLeaseTimes as times,
  defaultQuotas,
  makeUser,
  partKeyOf,
  runningJob,
  submission,
} from '#shared/testing/job-fixtures.ts';
import { completePart, failPart, giveUpPart } from './complete-part.ts';
import { commitPlan } from './commit-plan.ts';
import type { Database } from './database.ts';
import { dismissJob, failJob, retryJob } from './end-job.ts';
import { eventsAfter } from './events.ts';
import { claimPlanning, claimStitching, finishJob, releaseJob, renewJob } from './job-lease.ts';
import { jobProgress } from './job-progress.ts';
import { findJob } from './job-row.ts';
import { dueNow, findLostWork } from './lost-work.ts';
import { submitJob } from './submit-job.ts';
import { claimPart, releasePart, renewPart } from './part-lease.ts';

eachDatabase((_name, open) => {
  let db: Database;
  let owner: string;
  beforeAll(async () => {
    db = open({ maxConnections: 20 });
    owner = await makeUser(db, 'admin');
  });
  const expire = (key: string) =>
    sql`UPDATE parts SET leased_until = now() - interval '1 second' WHERE key = ${key}`.execute(db);

  test('of 20 workers one gets a part; the others get nothing', async () => {
    const key = partKeyOf();
    await runningJob(db, owner, [key]);
    const claims = await Promise.all(Array.from({ length: 20 }, (_, i) => claimPart(db, key, `w${i}`, times)));
    expect(claims.filter((claim) => claim !== null)).toHaveLength(1);
  });

  test('a worker whose lease ran out is refused, its successor is not', async () => {
    const key = partKeyOf();
    const job = await runningJob(db, owner, [key]);
    const late = (await claimPart(db, key, 'late', times))!;
    expect(await claimPart(db, key, 'next', times)).toBeNull();
    await expire(key);
    const next = (await claimPart(db, key, 'next', times))!;
    expect(next.lease).toBeGreaterThan(late.lease);
    expect(await renewPart(db, late, 1, times)).toBe(false);
    expect(await completePart(db, late, { by: 'late' })).toBeNull();
    expect(await releasePart(db, late, { forgive: true })).toBe(false);
    expect(await failPart(db, late, { code: 'internal', message: 'late' }, 'system')).toBeNull();
    expect(await completePart(db, next, { by: 'next' })).toEqual([job.id]);
    expect(await completePart(db, next, { by: 'again' })).toBeNull();
    const { record } = await db.selectFrom('parts').select('record').where('key', '=', key).executeTakeFirstOrThrow();
    expect(record).toEqual({ by: 'next' });
  });

  test('two jobs share a part: it is computed once, both hear of it, each is complete with its last', async () => {
    const [shared, own] = [partKeyOf(), partKeyOf()];
    const first = await runningJob(db, owner, [shared]);
    const second = await runningJob(db, owner, [shared, own]);
    const lease = (await claimPart(db, shared, 'w', times))!;
    expect(await completePart(db, lease, {})).toEqual([first.id]);
    expect(await claimPart(db, shared, 'w', times)).toBeNull();
    expect((await eventsAfter(db, second.id, 0)).map(({ type }) => type)).toEqual(['accepted', 'planned', 'part']);
    expect(await jobProgress(db, second.id)).toEqual({ parts: 2, partsDone: 1, sceneReads: 20, scenesRead: 10 });
    const last = (await claimPart(db, own, 'w', times))!;
    expect(await completePart(db, last, {})).toEqual([second.id]);
    const third = await runningJob(db, owner, [shared, own]);
    expect(await claimStitching(db, third.id)).not.toBeNull();
  });

  test('nothing is begun or committed for a cancelled job, unless another needs it', async () => {
    const [alone, shared] = [partKeyOf(), partKeyOf()];
    const job = await runningJob(db, owner, [alone, shared]);
    const other = await runningJob(db, owner, [shared]);
    const lease = (await claimPart(db, alone, 'w', times))!;
    await dismissJob(db, job.id);
    expect(await dismissJob(db, job.id)).toBe(false);
    expect(await renewPart(db, lease, 3, times)).toBe(false);
    expect(await completePart(db, lease, {})).toBeNull();
    const kept = (await claimPart(db, shared, 'w', times))!;
    expect(await completePart(db, kept, {})).toEqual([other.id]);
  });

  test('a part that is done while its job is being cancelled is not committed after that', async () => {
    const key = partKeyOf();
    const job = await runningJob(db, owner, [key]);
    const lease = (await claimPart(db, key, 'w', times))!;
    const completion: { result?: Promise<string[] | null> } = {};
    await db.transaction().execute(async (trx) => {
      await trx.updateTable('jobs').set({ state: 'dismissed' }).where('id', '=', job.id).execute();
      completion.result = completePart(db, lease, {});
      await sleep(200);
    });
    expect(await completion.result).toBeNull();
    const { state } = await db.selectFrom('parts').select('state').where('key', '=', key).executeTakeFirstOrThrow();
    expect(state).toBe('leased');
  });

  test('a part is tried five times, then its jobs fail with the reason; a new job tries it anew', async () => {
    const key = partKeyOf();
    const job = await runningJob(db, owner, [key]);
    for (let tries = 1; tries <= 5; tries++) {
      expect((await claimPart(db, key, 'w', times))!.tries).toBe(tries);
      await expire(key);
    }
    expect(await claimPart(db, key, 'w', times)).toBeNull();
    const lost = await findLostWork(db, times.maxTries);
    expect(lost.exhausted).toContain(key);
    expect(await giveUpPart(db, key, times.maxTries)).toEqual({ failed: [job.id], replan: [] });
    expect(await findJob(db, job.id, null)).toMatchObject({ state: 'failed', error: { code: 'worker-died' } });
    await runningJob(db, owner, [key]);
    expect((await claimPart(db, key, 'w', times))!.tries).toBe(1);
  });

  test('a part that was given back, or whose worker vanished, is tried anew where no running job needs it', async () => {
    const [given, left, shared] = [partKeyOf(), partKeyOf(), partKeyOf()];
    const job = await runningJob(db, owner, [given, left, shared]);
    await runningJob(db, owner, [shared]);
    for (const key of [given, left, shared]) {
      for (let tries = 1; tries < 4; tries++)
        await releasePart(db, (await claimPart(db, key, 'w', times))!, { forgive: false });
      await claimPart(db, key, 'w', times);
      await expire(key);
    }
    expect(await failJob(db, job.id, { code: 'internal', message: 'away' }, 'system')).toBe(true);
    await retryJob(db, job.id, owner, defaultQuotas);
    const parts = [given, left, shared].map((key) => ({
      key,
      box: [4, 50, 5, 51] as [number, number, number, number],
      sceneReads: 1,
    }));
    await commitPlan(db, (await claimPlanning(db, job.id))!, parts, 1);
    const tries = async (key: string) => (await claimPart(db, key, 'w', times))!.tries;
    expect([await tries(given), await tries(left), await tries(shared)]).toEqual([1, 1, 5]);
  });

  test('a broken scene fails a job, or sends it back to planning where it said to skip such', async () => {
    const key = partKeyOf();
    const strict = await runningJob(db, owner, [key]);
    const lenient = await runningJob(db, owner, [key]);
    await sql`UPDATE jobs SET request = request || '{"onBrokenScene": "skip"}' WHERE id = ${lenient.id}`.execute(db);
    const lease = (await claimPart(db, key, 'w', times))!;
    const error = { code: 'broken-scene', message: 'scene S: truncated', sceneId: 'S' };
    expect(await failPart(db, lease, error, 'system')).toEqual({ failed: [strict.id], replan: [lenient.id] });
    expect(await findJob(db, strict.id, null)).toMatchObject({ state: 'failed', error: { code: 'broken-scene' } });
    expect(await claimPlanning(db, lenient.id)).toMatchObject({ broken: [{ id: 'S', reason: 'scene S: truncated' }] });
  });

  test('of many planners and stitchers one holds a job, and a late one is refused', async () => {
    const key = partKeyOf();
    const job = await runningJob(db, owner, [key]);
    expect(await claimPlanning(db, job.id)).toBeNull();
    expect(await commitPlan(db, job, [{ key, box: [4, 50, 5, 51], sceneReads: 1 }], 1)).toBeNull();
    expect(await claimStitching(db, job.id)).toBeNull();
    await completePart(db, (await claimPart(db, key, 'w', times))!, {});
    const claims = await Promise.all(Array.from({ length: 10 }, () => claimStitching(db, job.id)));
    const held = claims.filter((claim) => claim !== null);
    expect(held).toHaveLength(1);
    await sql`UPDATE jobs SET leased_until = now() - interval '1 second' WHERE id = ${job.id}`.execute(db);
    const next = (await claimStitching(db, job.id))!;
    expect(await renewJob(db, held[0])).toBe(false);
    expect(await finishJob(db, held[0], {})).toBe(false);
    expect(await finishJob(db, next, { done: true })).toBe(true);
    expect(await findJob(db, job.id, null)).toMatchObject({ state: 'successful', summary: { done: true } });
  });

  test('planning that never ends well is given up after five tries; a planner that was overtaken fails nothing', async () => {
    const { job } = await submitJob(db, submission(owner), defaultQuotas);
    const first = (await claimPlanning(db, job.id))!;
    const expireJob = () =>
      sql`UPDATE jobs SET leased_until = now() - interval '1 second' WHERE id = ${job.id}`.execute(db);
    for (let tries = 2; tries <= 5; tries++) {
      await expireJob();
      expect(await claimPlanning(db, job.id)).not.toBeNull();
    }
    const reason = { code: 'source-unavailable', message: 'late' };
    expect(await failJob(db, job.id, reason, 'system', first.lease)).toBe(false);
    expect((await findLostWork(db, times.maxTries)).stuck).not.toContain(job.id);
    await expireJob();
    expect(await claimPlanning(db, job.id)).toBeNull();
    const lost = await findLostWork(db, times.maxTries);
    expect(lost.stuck).toContain(job.id);
    expect(lost.plan).not.toContain(job.id);
    expect(await failJob(db, job.id, reason, 'system')).toBe(true);
  });

  test('a planner that is told to stop gives its try back', async () => {
    const { job } = await submitJob(db, submission(owner), defaultQuotas);
    for (let i = 0; i < 8; i++) await releaseJob(db, (await claimPlanning(db, job.id))!, { forgive: true });
    expect(await claimPlanning(db, job.id)).not.toBeNull();
  });

  test('of two workers that finish the last two parts at once, one hears that the job is complete', async () => {
    for (let round = 0; round < 5; round++) {
      const keys = [partKeyOf(), partKeyOf()];
      const job = await runningJob(db, owner, keys);
      const leases = await Promise.all(keys.map((key) => claimPart(db, key, 'w', times)));
      const complete = await Promise.all(leases.map((lease) => completePart(db, lease!, {})));
      expect(complete.flat()).toEqual([job.id]);
    }
  });

  test('what the queue lost is found: once, and only where a running job waits for it', async () => {
    const [waiting, leased, idle] = [partKeyOf(), partKeyOf(), partKeyOf()];
    await runningJob(db, owner, [waiting, leased]);
    const cancelled = await runningJob(db, owner, [idle]);
    await dismissJob(db, cancelled.id);
    await claimPart(db, leased, 'w', times);
    expect((await findLostWork(db, times.maxTries)).parts).not.toContain(waiting);
    await sql`UPDATE parts SET enqueued_at = now() - interval '2 minutes' WHERE key IN (${waiting}, ${idle})`.execute(
      db,
    );
    await expire(leased);
    const lost = await findLostWork(db, times.maxTries);
    expect(lost.parts).toEqual(expect.arrayContaining([waiting, leased]));
    expect(lost.parts).not.toContain(idle);
    expect((await findLostWork(db, times.maxTries)).parts).not.toContain(waiting);
  });

  test('of many timers that fire at once one is due', async () => {
    const due = await Promise.all(Array.from({ length: 10 }, () => dueNow(db, 'timer', 60)));
    expect(due.filter(Boolean)).toHaveLength(1);
  });
});
