import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { sql } from 'kysely';
import type { Database } from '#shared/db/database.ts';
import { dismissJob } from '#shared/db/end-job.ts';
import { findJob } from '#shared/db/job-row.ts';
import { findLostWork } from '#shared/db/lost-work.ts';
import { claimPart } from '#shared/db/part-lease.ts';
import { GeoCropError } from '#shared/domain/errors.ts';
import { BrokenSceneError } from '#shared/mapping/broken-scene.ts';
import type { ReadAsset } from '#shared/mapping/read-observation.ts';
import { consume } from '#shared/queue/consume.ts';
import { databaseQueue } from '#shared/queue/database-queue.ts';
import { eachDatabase } from '#shared/testing/databases.ts';
import { demoSeason } from '#shared/testing/season-copy.ts';
import { workFolder } from '#shared/testing/work-folder.ts';
import { scoreHandler } from '../score/app.ts';
import { inferHandler } from './app.ts';
import { workWorld, type WorkWorld } from './testing/work-world.ts';

const folder = workFolder('infer');
const never = new AbortController().signal;
let places = 0;

eachDatabase((name, open) => {
  let db: Database;
  let world: WorkWorld;
  beforeAll(() => {
    db = open();
  });
  beforeEach(() => {
    world = workWorld(db, demoSeason, join(folder, name));
  });

  /** A planned job with one part that no other job has, and the message for it. */
  async function planned(request: { onBrokenScene?: 'fail' | 'skip' } = {}) {
    const aoi = { type: 'circle' as const, lon: 4.063, lat: 50.746, radiusM: 60 + places++ };
    const job = await world.submit({ ...request, aoi });
    await scoreHandler(world.score)({ step: 'plan', jobId: job.id }, never);
    const [{ body }] = world.sent.splice(0) as { body: { partKey: string } }[];
    return { id: job.id, body, key: body.partKey };
  }
  const partOf = (key: string) =>
    db.selectFrom('parts').select(['state', 'tries', 'leased_by', 'error']).where('key', '=', key).executeTakeFirst();
  const expire = (key: string) =>
    sql`UPDATE parts SET leased_until = now() - interval '1 second' WHERE key = ${key}`.execute(db);
  const reading = (read: ReadAsset, more: Partial<WorkWorld['infer']> = {}) =>
    inferHandler({ ...world.infer, reader: () => read, ...more });
  const failing = (error: Error) => reading(() => Promise.reject(error));
  const saying = (message: string) => world.logged.filter((line) => line.message === message);

  /** A reader that waits until it is told to go on, or to stop. */
  function paused() {
    const started = Promise.withResolvers<void>();
    const go = Promise.withResolvers<void>();
    const read: ReadAsset = async (asset, window, signal) => {
      started.resolve();
      const stop = new Promise<never>((_, reject) => signal!.addEventListener('abort', () => reject(signal!.reason)));
      await Promise.race([go.promise, stop]);
      return world.infer.reader(world.infer.sources[0])(asset, window, signal);
    };
    return { read, started: started.promise, go: go.resolve };
  }

  test.each([
    ['nothing', undefined],
    ['a text', 'part'],
    ['another form', { key: 'a'.repeat(64) }],
    ['a key that climbs', { partKey: '../../etc/passwd' }],
    ['a preview of no job', { previewOf: 'demo' }],
  ])('a message that is %s is dropped, and logged', async (_, body) => {
    expect(await inferHandler(world.infer)(body, never)).toBe('done');
    expect(saying('Message:Refused')).toHaveLength(1);
  });

  test('a part that nobody knows, or that another has, is left alone', async () => {
    expect(await inferHandler(world.infer)({ partKey: '0'.repeat(64) }, never)).toBe('done');
    const { body, key } = await planned();
    await claimPart(db, key, 'another', world.infer.leases);
    expect(await failing(new Error('must not be read'))(body, never)).toBe('done');
    expect(await partOf(key)).toMatchObject({ state: 'leased', leased_by: 'another', tries: 1 });
  });

  test('a part is computed, stored and committed, and stitching asked for; a second message changes nothing', async () => {
    const { id, body, key } = await planned();
    const handle = inferHandler(world.infer);
    expect(await handle(body, never)).toBe('done');
    expect(await partOf(key)).toMatchObject({ state: 'done', tries: 1, leased_by: null });
    expect(existsSync(join(folder, name, 'objects', 'parts', `${key}.tif`))).toBe(true);
    expect(world.sent).toEqual([{ queue: 'jobs', body: { step: 'stitch', jobId: id } }]);
    expect(saying('Part:Done')[0]).toMatchObject({ part: key, jobs: [id] });
    expect(await handle(body, never)).toBe('done');
    expect(world.sent).toHaveLength(1);
  });

  test('a completion whose lease has passed to another is refused', async () => {
    const { body, key } = await planned();
    const { read, started, go } = paused();
    // No heartbeat in between: the fence alone decides.
    const work = reading(read, { leases: { ...world.infer.leases, heartbeatSeconds: 600 } })(body, never);
    await started;
    await expire(key);
    const next = await claimPart(db, key, 'next', world.infer.leases);
    go();
    expect(await work).toBe('done');
    expect(saying('Part:Dropped')).toHaveLength(1);
    expect(world.sent).toEqual([]);
    expect(await partOf(key)).toMatchObject({ state: 'leased', leased_by: 'next', tries: next!.tries });
  });

  test('parts are computed at once; one that was tried before is computed alone', async () => {
    const [first, second, tried, late] = [await planned(), await planned(), await planned(), await planned()];
    await claimPart(db, tried.key, 'vanished', world.infer.leases);
    await expire(tried.key);
    const { read, started, go } = paused();
    const other = paused();
    let reads = 0;
    const noting: ReadAsset = (...asked) => (reads++, world.infer.reader(world.infer.sources[0])(...asked));
    const all = [reading(read)(first.body, never), reading(other.read)(second.body, never)];
    await Promise.all([started, other.started]);
    all.push(reading(noting)(tried.body, never));
    await expect.poll(() => world.infer.company.run(false, async () => 'open')).toBeNull();
    expect(await inferHandler(world.infer)(late.body, never)).toEqual({ anewInSeconds: 1 });
    go();
    await all[0];
    // It is not even taken: with its worker it would lose a try that it never had.
    expect(await partOf(tried.key)).toMatchObject({ state: 'leased', tries: 1, leased_by: 'vanished' });
    expect(reads).toBe(0);
    other.go();
    expect(await Promise.all(all)).toEqual(['done', 'done', 'done']);
    expect(reads).toBeGreaterThan(0);
    expect(await partOf(tried.key)).toMatchObject({ state: 'done' });
  });

  test('a worker hears at its heartbeat that nobody needs the part, and stops; the try does not count', async () => {
    const { id, body, key } = await planned();
    const { read, started } = paused();
    const work = reading(read, { leases: { ...world.infer.leases, heartbeatSeconds: 0.05 } })(body, never);
    await started;
    await dismissJob(db, id);
    expect(await work).toBe('done');
    expect(saying('Part:Dropped')).toHaveLength(1);
    expect(await partOf(key)).toMatchObject({ state: 'waiting', tries: 0 });
  });

  describe('what fails', () => {
    test.each([
      ['a server that is down', new GeoCropError('source-unavailable', 'the server answered 503')],
      ['a full disk', new GeoCropError('disk-full', 'the disk is full')],
      ['what nobody has thought of', new TypeError('x is not a function')],
    ])('%s is tried again, later each time', async (_, error) => {
      const { id, body, key } = await planned();
      expect(await failing(error)(body, never)).toEqual({ retryInSeconds: 2 });
      expect(await failing(error)(body, never)).toEqual({ retryInSeconds: 4 });
      expect(await partOf(key)).toMatchObject({ state: 'waiting', tries: 2 });
      expect((await findJob(db, id, null))?.state).toBe('running');
      expect(saying('Part:Retry')).toHaveLength(2);
      expect(await inferHandler(world.infer)(body, never)).toBe('done');
      expect(await partOf(key)).toMatchObject({ state: 'done', tries: 3 });
    });

    test('five times, and its job fails with the reason', async () => {
      const { id, body, key } = await planned();
      const handle = failing(new TypeError('x is not a function'));
      for (let tries = 1; tries < 5; tries++)
        expect(await handle(body, never)).toMatchObject({ retryInSeconds: 2 ** tries });
      expect((await findJob(db, id, null))?.state).toBe('running');
      expect(await handle(body, never)).toBe('done');
      expect(await findJob(db, id, null)).toMatchObject({
        state: 'failed',
        error: { code: 'internal', message: 'a part could not be computed: x is not a function' },
      });
      expect(await partOf(key)).toMatchObject({ state: 'failed', tries: 5 });
      expect(saying('Part:Failed')[0]).toMatchObject({ part: key, tries: 5, jobs: [id] });
    });

    test('for good, and its job fails at the first try', async () => {
      const { id, body } = await planned();
      expect(await failing(new GeoCropError('broken-scene', 'B04.tif is no TIFF'))(body, never)).toBe('done');
      const job = await findJob(db, id, null);
      expect(job).toMatchObject({ state: 'failed', error: { code: 'broken-scene' } });
      expect(job!.error!.message).toMatch(/^scene S2\w+: B04.tif is no TIFF$/);
      expect(world.sent).toEqual([]);
    });

    test('for good, where the job leaves such scenes out: it goes back to planning without the scene', async () => {
      const { id, body } = await planned({ onBrokenScene: 'skip' });
      const error = new BrokenSceneError('S2_X', 'it is truncated');
      expect(await failing(error)(body, never)).toBe('done');
      expect(await findJob(db, id, null)).toMatchObject({ state: 'running', phase: null, broken: [{ id: 'S2_X' }] });
      expect(world.sent).toEqual([{ queue: 'jobs', body: { step: 'plan', jobId: id } }]);
    });

    test('a model that was replaced since the plan computes nothing', async () => {
      const { id, body } = await planned();
      const { manifest, ensemble } = await world.infer.model('tiny', null);
      const replaced = { manifest: { ...manifest, version: '9.9.9' }, ensemble };
      const handle = inferHandler({ ...world.infer, model: async () => replaced });
      expect(await handle(body, never)).toBe('done');
      expect(await findJob(db, id, null)).toMatchObject({ state: 'failed', error: { code: 'damaged-model' } });
    });

    test('the worker itself, five times without a word: the part is named as exhausted', async () => {
      const { body, key } = await planned();
      for (let tries = 1; tries <= 5; tries++) {
        await claimPart(db, key, 'vanishes', world.infer.leases);
        await expire(key);
      }
      expect(await inferHandler(world.infer)(body, never)).toBe('done');
      expect(await partOf(key)).toMatchObject({ state: 'leased', tries: 5 });
      expect((await findLostWork(db, 5)).exhausted).toContain(key);
    });
  });

  describe('SIGTERM', () => {
    test('hands the part back: the lease is free, the try does not count, the next worker takes it at once', async () => {
      const { body, key } = await planned();
      for (let round = 0; round < 6; round++) {
        const stop = new AbortController();
        const { read, started } = paused();
        const work = reading(read)(body, stop.signal);
        await started;
        expect(await partOf(key)).toMatchObject({ state: 'leased', tries: 1 });
        stop.abort(new Error('stopping'));
        await expect(work).rejects.toThrow('stopping');
        expect(await partOf(key)).toMatchObject({ state: 'waiting', tries: 0, leased_by: null });
      }
      expect(await inferHandler(world.infer)(body, never)).toBe('done');
      expect(await partOf(key)).toMatchObject({ state: 'done', tries: 1 });
    });

    test('hands the message back as well, so that it need not time out', async () => {
      const { body, key } = await planned();
      const queue = databaseQueue(db);
      const queueName = `chunks-${key.slice(0, 8)}`;
      await queue.send(queueName, [body]);
      const stop = new AbortController();
      const { read, started } = paused();
      const errors: unknown[] = [];
      const running = consume({
        queue,
        name: queueName,
        visibilitySeconds: 60,
        handle: reading(read),
        signal: stop.signal,
        onError: (error) => errors.push(error),
      });
      await started;
      expect(await queue.counts(queueName)).toEqual({ ready: 0, inFlight: 1 });
      stop.abort(new Error('stopping'));
      await running;
      expect([await queue.counts(queueName), errors]).toEqual([{ ready: 1, inFlight: 0 }, []]);
      expect(await partOf(key)).toMatchObject({ state: 'waiting', tries: 0 });
    });
  });
});
