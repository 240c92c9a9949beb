import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import { afterAll, describe, expect, test } from 'vitest';
import { commitPlan } from '#shared/db/commit-plan.ts';
import { completePart } from '#shared/db/complete-part.ts';
import { openDatabase, type Database } from '#shared/db/database.ts';
import { deleteJob, dismissJob, failJob, retryJob } from '#shared/db/end-job.ts';
import { expireJob, sweepJob } from '#shared/db/expire-jobs.ts';
import { forgetParts } from '#shared/db/forget-parts.ts';
import { claimPlanning, claimStitching, finishJob } from '#shared/db/job-lease.ts';
import { findJob } from '#shared/db/job-row.ts';
import { claimPart } from '#shared/db/part-lease.ts';
import { holdRetention, releaseRetention } from '#shared/db/retention-hold.ts';
import { releaseRemovedParts, takeUnusedParts } from '#shared/db/retention.ts';
import { submitJob } from '#shared/db/submit-job.ts';
import { resultPrefix } from '#shared/mapping/stored-task.ts';
import { databaseQueue } from '#shared/queue/database-queue.ts';
import { directoryStore } from '#shared/storage/directory-store.ts';
import type { ObjectStore } from '#shared/storage/object-store.ts';
import { s3Store } from '#shared/storage/s3-store.ts';
import { eachDatabase } from '#shared/testing/databases.ts';
import {
  defaultLeaseTimes,
  defaultQuotas,
  makeUser,
  partKeyOf,
  runningJob,
  submission,
} from '#shared/testing/job-fixtures.ts';
import { postgresInstalled } from '#shared/testing/postgres-cluster.ts';
import { eachS3Server } from '#shared/testing/services/s3-servers.ts';
import { tellOfMissing } from '#shared/testing/services/service-cache.ts';
import { lendDatabase } from '#shared/testing/postgres-lender.ts';
import { retain } from './retain.ts';
import type { RetainDeps, Retained, Retention, RetentionTimes } from './retention-run.ts';
import { jobsWorld } from './testing/jobs-world.ts';

const folder = mkdtempSync(join(tmpdir(), 'geocrop-retention-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const silent = { debug() {}, info() {}, warn() {}, error() {}, child: () => silent };
const forEver: Retention = {
  keepResultsDays: null,
  keepPartsDays: 30,
  maxBytes: null,
  usedBytes: async () => 0,
  removeHalfWritten: null,
};
const times: RetentionTimes = { graceSeconds: 3600, sweepAfterSeconds: 600, leaseSeconds: 300, budgetSeconds: 20 };
const deps = (db: Database, store: ObjectStore, retention: Partial<Retention> = {}): RetainDeps => ({
  db,
  queue: databaseQueue(db),
  store,
  retention: { ...forEver, ...retention },
  logger: silent,
});
const removed = async (...args: Parameters<typeof retain>) => (await retain(...args)) as Retained;

let stores = 0;
const newStore = () => directoryStore(join(folder, String(++stores)));
const box: [number, number, number, number] = [4, 50, 5, 51];

async function storeFiles(store: ObjectStore, key: string, task = 2): Promise<void> {
  await store.put(`tasks/${key}.json`, Buffer.alloc(task));
  await store.put(`parts/${key}.json`, Buffer.from('{}'));
  await store.put(`parts/${key}.tif`, Buffer.alloc(100));
}

/** Computes what of these parts is open, as workers do. */
async function compute(db: Database, store: ObjectStore, keys: readonly string[], task = 2): Promise<void> {
  for (const key of keys) {
    const lease = await claimPart(db, key, 'worker', defaultLeaseTimes);
    if (!lease) continue;
    await storeFiles(store, key, task);
    await completePart(db, lease, { key });
  }
}

/** A job with its map, and the parts that it was made of. */
async function finished(db: Database, store: ObjectStore, keys: readonly string[], task = 2): Promise<string> {
  const { id } = await runningJob(db, await makeUser(db, 'admin'), keys);
  await compute(db, store, keys, task);
  const stitching = await claimStitching(db, id);
  await store.put(`${resultPrefix(id)}map.tif`, Buffer.alloc(1000));
  await store.put(`jobs/${id}/plan.json`, Buffer.from('{}'));
  expect(await finishJob(db, stitching!, {})).toBe(true);
  return id;
}

/** A job that failed, of whose parts one was computed, and the other one was not. */
async function failed(db: Database, store: ObjectStore, [done, open]: readonly string[], task = 2): Promise<string> {
  const { id } = await runningJob(db, await makeUser(db, 'admin'), [done, open]);
  await compute(db, store, [done], task);
  await store.put(`tasks/${open}.json`, Buffer.alloc(task));
  await store.put(`jobs/${id}/plan.json`, Buffer.from('{}'));
  expect(await failJob(db, id, { code: 'internal', message: 'it broke' }, 'system')).toBe(true);
  return id;
}

/** As if so many days had gone by since then. */
async function age(db: Database, days: number): Promise<void> {
  await sql`UPDATE jobs SET finished_at = finished_at - make_interval(days => ${days}),
    deleted_at = deleted_at - make_interval(days => ${days}), expired_at = expired_at - make_interval(days => ${days})`.execute(
    db,
  );
  await sql`UPDATE parts SET finished_at = finished_at - make_interval(days => ${days}),
    created_at = created_at - make_interval(days => ${days})`.execute(db);
}

const emptied = (db: Database) => sql`TRUNCATE jobs, parts, job_parts, messages, schedules CASCADE`.execute(db);
const stateOf = async (db: Database, key: string) =>
  (await db.selectFrom('parts').select('state').where('key', '=', key).executeTakeFirst())?.state ?? null;

eachDatabase((_, open) => {
  test('parts go 30 days after their last use, never while a job needs them', async () => {
    const [db, store] = [open(), newStore()];
    await emptied(db);
    const [old, shared, needed, recent] = [partKeyOf(), partKeyOf(), partKeyOf(), partKeyOf()];
    await finished(db, store, [old, shared, needed]);
    await age(db, 31);
    await finished(db, store, [shared, recent]);
    await runningJob(db, await makeUser(db, 'admin'), [needed]);
    expect(await removed(deps(db, store), times)).toMatchObject({ parts: 1, expired: 0, bytes: 102 });
    expect(await store.list('parts/')).toEqual(
      [needed, shared, recent].flatMap((key) => [`parts/${key}.json`, `parts/${key}.tif`]).sort(),
    );
    // What it was computed from stays as long as a result can be asked about its pixels.
    expect((await store.list('tasks/')).length).toBe(4);
    expect(await Promise.all([old, shared, needed, recent].map((key) => stateOf(db, key)))).toEqual([
      'waiting',
      'done',
      'done',
      'done',
    ]);
    expect(await removed(deps(db, store), times)).toMatchObject({ parts: 0 });
  });

  test('a part that was removed is computed again by the next job that needs it', async () => {
    const [db, store, key] = [open(), newStore(), partKeyOf()];
    await emptied(db);
    await finished(db, store, [key]);
    await age(db, 31);
    await retain(deps(db, store), times);
    expect(await store.size(`parts/${key}.tif`)).toBeNull();
    await finished(db, store, [key]);
    expect([await stateOf(db, key), await store.size(`parts/${key}.tif`)]).toEqual(['done', 100]);
  });

  test('of a cancelled job they go after an hour, where no other one has used them', async () => {
    const [db, store] = [open(), newStore()];
    await emptied(db);
    const [own, shared] = [partKeyOf(), partKeyOf()];
    const { id } = await runningJob(db, await makeUser(db, 'admin'), [own, shared]);
    await compute(db, store, [own, shared]);
    await finished(db, store, [shared]);
    expect(await removed(deps(db, store), times)).toMatchObject({ parts: 0 });
    await dismissJob(db, id);
    expect(await removed(deps(db, store), times)).toMatchObject({ parts: 0 });
    await age(db, 1);
    expect(await removed(deps(db, store), times)).toMatchObject({ parts: 1 });
    expect([await stateOf(db, own), await stateOf(db, shared)]).toEqual(['waiting', 'done']);
  });

  test('results stay for ever, or so many days; then the job says so, and its files go a little later', async () => {
    const [db, store, key] = [open(), newStore(), partKeyOf()];
    await emptied(db);
    const id = await finished(db, store, [key]);
    await age(db, 400);
    expect(await removed(deps(db, store), times)).toMatchObject({ expired: 0, swept: 0 });
    expect(await store.list(resultPrefix(id))).toHaveLength(1);

    const yearly = deps(db, store, { keepResultsDays: 365 });
    expect(await removed(yearly, times)).toMatchObject({ expired: 1, swept: 0 });
    expect((await findJob(db, id, null))!.expiredAt).toBeInstanceOf(Date);
    expect(await store.list(resultPrefix(id))).toHaveLength(1);
    await age(db, 1);
    expect(await removed(yearly, times)).toMatchObject({ expired: 0, swept: 1 });
    expect(await store.list('')).toEqual([]);
    expect(await stateOf(db, key)).toBeNull();

    const world = await jobsWorld(db, { store });
    const { headers } = await world.newUser('admin');
    const { body } = await world.send(`/jobs/${id}`, { headers });
    expect(body).toMatchObject({
      status: 'successful',
      expired: expect.any(String),
      message: expect.stringContaining('have been removed'),
    });
    expect(JSON.stringify(body.links)).not.toContain('results');
    const point = await world.send(`/jobs/${id}/point?lon=4&lat=50`, { headers });
    expect(point).toMatchObject({
      status: 410,
      body: { code: 'gone', detail: expect.stringContaining('send the request again') },
    });
  });

  test('the files of a deleted job go, whatever is kept', async () => {
    const [db, store] = [open(), newStore()];
    await emptied(db);
    const id = await finished(db, store, [partKeyOf()]);
    await deleteJob(db, id);
    expect(await removed(deps(db, store), times)).toMatchObject({ expired: 0 });
    await age(db, 1);
    await retain(deps(db, store), times);
    await age(db, 1);
    await retain(deps(db, store), times);
    expect(await store.list('')).toEqual([]);
  });

  test.each([
    ['failed', 29, 2],
    ['cancelled', 0, 1],
  ])('all that is left of a %s job goes with its parts; it can be run again', async (how, early, late) => {
    const [db, store, keys] = [open(), newStore(), [partKeyOf(), partKeyOf()]];
    await emptied(db);
    const id = await failed(db, store, keys);
    if (how === 'cancelled') await sql`UPDATE jobs SET state = 'dismissed'`.execute(db);
    await age(db, early);
    expect(await removed(deps(db, store), times)).toMatchObject({ parts: 0, expired: 0 });
    await age(db, late);
    expect(await removed(deps(db, store), times)).toMatchObject({ parts: 1, expired: 1, swept: 0 });
    await age(db, 1);
    expect(await removed(deps(db, store), times)).toMatchObject({ swept: 1, forgotten: 2 });
    expect(await store.list('')).toEqual([]);

    const world = await jobsWorld(db, { store });
    const { user, headers } = await world.newUser('admin');
    const { body } = await world.send(`/jobs/${id}`, { headers });
    expect(body).toMatchObject({ message: how === 'failed' ? 'it broke' : 'cancelled', expired: expect.any(String) });
    await retryJob(db, id, user.id, defaultQuotas);
    expect((await findJob(db, id, null))!.expiredAt).toBeNull();
    const planned = keys.map((key) => ({ key, box, sceneReads: 1 }));
    expect(await commitPlan(db, (await claimPlanning(db, id))!, planned, 1)).toEqual(keys);
    await compute(db, store, keys);
    expect(await finishJob(db, (await claimStitching(db, id))!, {})).toBe(true);
    await deleteJob(db, id);
    await age(db, 1);
    expect(await removed(deps(db, store), times)).toMatchObject({ expired: 1 });
    await age(db, 1);
    expect(await removed(deps(db, store), times)).toMatchObject({ swept: 1 });
  });

  test('a job is not run again while its files are removed, nor are they once it is', async () => {
    const [db, other, store] = [open(), open(), newStore()];
    await emptied(db);
    const owner = await makeUser(db, 'admin');
    const id = await failed(db, store, [partKeyOf(), partKeyOf()]);
    expect(await expireJob(db, id)).toBe(true);
    let begun = false;
    let retrying: Promise<unknown> | undefined;
    const swept = await sweepJob(db, id, async () => {
      retrying = retryJob(other, id, owner, defaultQuotas).then(() => (begun = true));
      await sleep(300);
      expect(begun).toBe(false);
    });
    await retrying;
    expect([swept, begun]).toEqual([true, true]);
    expect(await sweepJob(db, id, () => expect.fail('removes files of a job that runs'))).toBe(false);
  });

  test('above the limit what is left of failed jobs goes before any result', async () => {
    const [db, store] = [open(), newStore()];
    await emptied(db);
    const good = await finished(db, store, [partKeyOf()]);
    const bad = await failed(db, store, [partKeyOf(), partKeyOf()], 400);
    const usedBytes = () => store.bytes('');
    const within = (maxBytes: number) => removed(deps(db, store, { maxBytes, usedBytes }), times);
    const expired = async (id: string) => (await findJob(db, id, null))!.expiredAt !== null;
    expect(await within((await usedBytes()) - 900)).toMatchObject({ parts: 2, expired: 1 });
    expect([await expired(good), await expired(bad)]).toEqual([false, true]);
    expect(await within((await usedBytes()) - 700)).toMatchObject({ parts: 0, expired: 0 });
    await age(db, 1);
    expect(await removed(deps(db, store), times)).toMatchObject({ swept: 1, forgotten: 2 });
    expect(await store.list('tasks/')).toHaveLength(1);
    expect(await store.list(resultPrefix(good))).toHaveLength(1);
  });

  test('tasks count as what goes with a result, unless another one is asked about its pixels by them', async () => {
    const [db, store] = [open(), newStore()];
    await emptied(db);
    const [own, shared] = [partKeyOf(), partKeyOf()];
    const jobs = [await finished(db, store, [own, shared], 5000)];
    await age(db, 1);
    jobs.push(await finished(db, store, [shared], 5000));
    await age(db, 1);
    jobs.push(await finished(db, store, [partKeyOf()], 5000));
    const usedBytes = () => store.bytes('');
    const within = (maxBytes: number) => removed(deps(db, store, { maxBytes, usedBytes }), times);
    const expired = async () => Promise.all(jobs.map(async (id) => (await findJob(db, id, null))!.expiredAt !== null));
    await within((await usedBytes()) - 300);
    expect(await expired()).toEqual([false, false, false]);
    const all = await usedBytes();
    await within(all - 6000);
    expect(await expired()).toEqual([true, false, false]);
    await within(all - 7000);
    expect(await expired()).toEqual([true, true, false]);
    await within(all - 12_000);
    expect(await expired()).toEqual([true, true, false]);
    await age(db, 1);
    expect(await removed(deps(db, store), times)).toMatchObject({ swept: 2, forgotten: 2 });
    expect(await usedBytes()).toBe(all - 12_004);
  });

  test('what was begun to be written is removed, and counts', async () => {
    const [db, store] = [open(), newStore()];
    await emptied(db);
    expect(await removed(deps(db, store, { removeHalfWritten: async () => 70 }), times)).toMatchObject({ bytes: 70 });
  });

  test('above the limit the oldest parts go first, then the oldest results, and no more than needed', async () => {
    const [db, store] = [open(), newStore()];
    await emptied(db);
    const needed = partKeyOf();
    const first = await finished(db, store, [partKeyOf()]);
    await age(db, 1);
    const second = await finished(db, store, [partKeyOf()]);
    await runningJob(db, await makeUser(db, 'admin'), [needed]);
    await compute(db, store, [needed]);
    const usedBytes = () => store.bytes('');
    const all = await usedBytes();
    const within = (maxBytes: number) => removed(deps(db, store, { maxBytes, usedBytes }), times);
    expect(await within(all)).toMatchObject({ parts: 0, expired: 0 });
    expect(await within(all - 150)).toMatchObject({ parts: 2, expired: 0 });
    expect(await stateOf(db, needed)).toBe('done');
    const now = await usedBytes();
    expect(await within(now - 500)).toMatchObject({ parts: 0, expired: 1 });
    // What is given up counts as removed, though its files go later.
    expect(await within(now - 500)).toMatchObject({ parts: 0, expired: 0 });
    const expired = async (id: string) => (await findJob(db, id, null))!.expiredAt !== null;
    expect([await expired(first), await expired(second)]).toEqual([true, false]);
    expect(await within(1)).toMatchObject({ expired: 1 });
    expect(await stateOf(db, needed)).toBe('done');
  });

  test('nothing goes while a backup is taken', async () => {
    const [db, store] = [open(), newStore()];
    await emptied(db);
    await finished(db, store, [partKeyOf()]);
    await age(db, 31);
    await holdRetention(db);
    expect(await retain(deps(db, store), times)).toBe('held');
    await releaseRetention(db);
    expect(await removed(deps(db, store), times)).toMatchObject({ parts: 1 });
    await holdRetention(db);
    await sql`UPDATE schedules SET last_run = now() - interval '6 minutes'`.execute(db);
    expect(await retain(deps(db, store), times)).not.toBe('held');
  });

  test('a retention that vanished leaves a lease that runs out; one that comes back late lets nothing go', async () => {
    const [db, store, key] = [open(), newStore(), partKeyOf()];
    await emptied(db);
    await finished(db, store, [key]);
    const ages = { keepSeconds: 0, graceSeconds: 0 };
    const first = await takeUnusedParts(db, ages, { limit: 5, leaseSeconds: 300 });
    expect(first).toHaveLength(1);
    const { id } = await runningJob(db, await makeUser(db, 'admin'), [key]);
    expect(await claimPart(db, key, 'worker', defaultLeaseTimes)).toBeNull();
    expect(await claimStitching(db, id)).toBeNull();
    await sql`UPDATE parts SET leased_until = now() - interval '1 second'`.execute(db);
    await compute(db, store, [key]);
    expect(await releaseRemovedParts(db, first)).toEqual([]);
    expect(await stateOf(db, key)).toBe('done');
    await dismissJob(db, id);

    await takeUnusedParts(db, ages, { limit: 5, leaseSeconds: 300 });
    await sql`UPDATE parts SET leased_until = now() - interval '1 second'`.execute(db);
    const again = await takeUnusedParts(db, ages, { limit: 5, leaseSeconds: 300 });
    expect(again).toHaveLength(1);
    await runningJob(db, await makeUser(db, 'admin'), [key]);
    expect(await releaseRemovedParts(db, again)).toEqual([key]);
  });

  test('while files are removed nobody computes the part, and who needs it then gets it whole', async () => {
    const [db, files, key] = [open(), newStore(), partKeyOf()];
    await emptied(db);
    await finished(db, files, [key]);
    await age(db, 31);
    let job = '';
    // Between the decision and the removal a job comes to need the part.
    const store: ObjectStore = {
      ...files,
      async delete(name) {
        if (name === `parts/${key}.tif` && job === '') {
          job = (await runningJob(db, await makeUser(db, 'admin'), [key])).id;
          await compute(db, files, [key]);
          expect(await claimStitching(db, job)).toBeNull();
        }
        await files.delete(name);
      },
    };
    expect(await removed(deps(db, store), times)).toMatchObject({ parts: 1 });
    expect(await databaseQueue(db).receive('chunks', { max: 1, visibilitySeconds: 30, waitSeconds: 0 })).toMatchObject([
      { body: { partKey: key } },
    ]);
    await compute(db, files, [key]);
    expect([await claimStitching(db, job), await files.size(`parts/${key}.tif`)]).toMatchObject([{ id: job }, 100]);
  });

  test('nothing is forgotten while a job is planned, and no plan begins while something is', async () => {
    const [db, other] = [open(), open()];
    await emptied(db);
    const owner = await makeUser(db, 'admin');
    const key = partKeyOf();
    await dismissJob(db, (await runningJob(db, owner, [key])).id);
    await sql`DELETE FROM job_parts`.execute(db);
    await age(db, 1);
    const forget = (remove: () => Promise<void>) => forgetParts(db, { olderThanSeconds: 60, limit: 5 }, remove);
    const planned = await submitJob(db, submission(owner), defaultQuotas);
    await claimPlanning(db, planned.job.id);
    expect(await forget(() => expect.fail('forgets what a planner may need'))).toBe(0);
    await dismissJob(db, planned.job.id);

    const waiting = await submitJob(db, submission(owner), defaultQuotas);
    let begun = false;
    let planning: Promise<unknown> | undefined;
    const failed = forget(async () => {
      planning = claimPlanning(other, waiting.job.id).then(() => (begun = true));
      await sleep(300);
      expect(begun).toBe(false);
      throw new Error('the store is away');
    });
    await expect(failed).rejects.toThrow('the store is away');
    await planning;
    expect([begun, await stateOf(db, key)]).toEqual([true, 'waiting']);
    await dismissJob(db, waiting.job.id);
    expect(await forget(async () => {})).toBe(1);
    expect(await stateOf(db, key)).toBeNull();
  });

  test('the timer asks, at most every four minutes something is done', async () => {
    const [db, store] = [open(), newStore()];
    await emptied(db);
    const world = await jobsWorld(db, { store });
    const ask = async () => (await world.send('/jobs/-/retention', { method: 'POST' })).body;
    expect(await ask()).toEqual({ due: true, parts: 0, expired: 0, swept: 0, forgotten: 0, bytes: 0 });
    expect(await ask()).toEqual({ due: false });
  });
});

/**
 * Jobs that use the same few parts come and go while everything that nobody needs is removed at once: no job may ever
 * find a part finished whose files are not there, nor a task gone that it waits for.
 */
async function race(openDb: () => Database, store: ObjectStore, jobs: number): Promise<Record<string, number>> {
  const keys = Array.from({ length: 4 }, partKeyOf);
  const counts = { jobs: 0, removed: 0, forgotten: 0, missing: 0 };
  let stop = false;
  const eager = { graceSeconds: 0, sweepAfterSeconds: 0, leaseSeconds: 300, budgetSeconds: 5 };
  const remover = async () => {
    const own = deps(openDb(), store, { keepPartsDays: 0, keepResultsDays: 0 });
    while (!stop) {
      const done = await removed(own, eager);
      counts.removed += done.parts;
      counts.forgotten += done.forgotten;
    }
  };
  const user = async () => {
    const db = openDb();
    const owner = await makeUser(db, 'admin');
    for (let n = 0; n < jobs; n++) {
      const mine = keys.filter(() => Math.random() < 0.7);
      if (mine.length === 0) continue;
      const { job } = await submitJob(db, submission(owner), defaultQuotas);
      const claimed = (await claimPlanning(db, job.id))!;
      for (const key of mine) await store.put(`tasks/${key}.json`, Buffer.from('{}'));
      await commitPlan(
        db,
        claimed,
        mine.map((key) => ({ key, box, sceneReads: 1 })),
        1,
      );
      for (let stitching = null; !stitching;) {
        for (const key of mine) {
          const lease = await claimPart(db, key, 'worker', defaultLeaseTimes);
          if (!lease) continue;
          if ((await store.size(`tasks/${key}.json`)) === null) counts.missing++;
          await store.put(`parts/${key}.json`, Buffer.from('{}'));
          await store.put(`parts/${key}.tif`, Buffer.alloc(100));
          await completePart(db, lease, {});
        }
        stitching = await claimStitching(db, job.id);
      }
      for (const key of mine) if ((await store.size(`parts/${key}.tif`)) === null) counts.missing++;
      await dismissJob(db, job.id);
      await deleteJob(db, job.id);
      counts.jobs++;
    }
  };
  const removing = [remover(), remover()];
  try {
    await Promise.all([user(), user(), user()]);
  } finally {
    stop = true;
    await Promise.all(removing);
  }
  return counts;
}

if (postgresInstalled()) {
  const races = async (store: ObjectStore, jobs: number) => {
    const lent = await lendDatabase('postgresql', false);
    const opened: Database[] = [];
    const openDb = () => {
      const db = openDatabase({ url: lent.url });
      opened.push(db);
      return db;
    };
    try {
      const counts = await race(openDb, store, jobs);
      process.stdout.write(`retention against jobs: ${JSON.stringify(counts)}\n`);
      expect(counts.missing).toBe(0);
      expect(counts.jobs).toBeGreaterThan(jobs);
      expect(counts.removed).toBeGreaterThan(jobs / 4);
    } finally {
      await Promise.all(opened.map((db) => db.destroy()));
      await lent.close();
    }
  };
  test(
    'a plan that is committed after parts were looked for, and before they are taken, keeps its parts',
    { timeout: 120_000 },
    async () => {
      const lent = await lendDatabase('postgresql', false);
      const [remover, planner] = [openDatabase({ url: lent.url }), openDatabase({ url: lent.url })];
      try {
        const owner = await makeUser(planner, 'admin');
        // So many older ones that are needed that looking for those that are not takes a while.
        const needed = 60_000;
        await sql`INSERT INTO parts (key, state, box, scene_reads, finished_at)
        SELECT lpad(n::text, 64, '0'), 'done', ST_MakeEnvelope(4, 50, 5, 51, 4326), 1, now() - make_interval(secs => 1000000 - n)
        FROM generate_series(1, ${needed + 40}::int) AS n`.execute(remover);
        const { job: waiting } = await submitJob(planner, submission(owner), defaultQuotas);
        await sql`INSERT INTO job_parts (job_id, position, part_key)
        SELECT ${waiting.id}, n, lpad(n::text, 64, '0') FROM generate_series(1, ${needed}::int) AS n`.execute(remover);
        let overtaken = 0;
        for (let n = 1; n <= 40; n++) {
          const key = String(needed + n).padStart(64, '0');
          const { job } = await submitJob(planner, submission(owner), defaultQuotas);
          const claimed = (await claimPlanning(planner, job.id))!;
          const taking = takeUnusedParts(remover, { keepSeconds: 0, graceSeconds: 0 }, { limit: 1, leaseSeconds: 300 });
          await sleep(n * 3);
          const open = await commitPlan(planner, claimed, [{ key, box, sceneReads: 1 }], 1);
          await taking;
          // By this run or, where that one passed over a row that was locked, by the one before.
          const took = (await stateOf(remover, key)) === 'leased';
          // Who takes it first tells the other: it is open to the plan, or not taken.
          expect([n, took]).toEqual([n, open!.includes(key)]);
          if (!took) overtaken++;
        }
        process.stdout.write(`plans that were committed while parts were looked for: ${overtaken} of 40\n`);
        expect(overtaken).toBeGreaterThan(0);
      } finally {
        await remover.destroy();
        await planner.destroy();
        await lent.close();
      }
    },
  );
  test('never while a job begins to use a part: PostgreSQL and a folder', { timeout: 120_000 }, () =>
    races(newStore(), 60),
  );
  eachS3Server((lent) => {
    test('never while a job begins to use a part: PostgreSQL and S3', { timeout: 120_000 }, async () =>
      races(s3Store(await lent.newBucket()), 20),
    );
  });
} else describe('on PostgreSQL 15', () => tellOfMissing('PostgreSQL 15 and PostGIS'));
