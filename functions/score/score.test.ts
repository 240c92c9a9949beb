import { join } from 'node:path';
import { sql } from 'kysely';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Database } from '#shared/db/database.ts';
import { dismissJob } from '#shared/db/end-job.ts';
import { eventsAfter } from '#shared/db/events.ts';
import { claimPlanning, claimStitching } from '#shared/db/job-lease.ts';
import { findJob } from '#shared/db/job-row.ts';
import { findLostWork } from '#shared/db/lost-work.ts';
import { GeoCropError } from '#shared/domain/errors.ts';
import type { ClearestScene } from '#shared/mapping/clearest-scene.ts';
import { readScene } from '#shared/mapping/clearest-scene-file.ts';
import { readTask } from '#shared/mapping/stored-task.ts';
import type { ObjectStore } from '#shared/storage/object-store.ts';
import { eachDatabase } from '#shared/testing/databases.ts';
import { demoSeason } from '#shared/testing/season-copy.ts';
import { workFolder } from '#shared/testing/work-folder.ts';
import { defaultRetentionTimes, retain } from '../jobs/retain.ts';
import type { Retention } from '../jobs/retention-run.ts';
import { inferHandler } from '../infer/app.ts';
import { workWorld, type WorkWorld } from '../infer/testing/work-world.ts';
import { scoreHandler } from './app.ts';
import type { ScoreDeps } from './deps.ts';

const folder = workFolder('score');
const never = new AbortController().signal;
const keepAll: Retention = {
  keepResultsDays: null,
  keepPartsDays: 30,
  maxBytes: null,
  usedBytes: async () => 0,
  removeHalfWritten: null,
};

eachDatabase((name, open) => {
  let db: Database;
  let world: WorkWorld;
  beforeAll(() => {
    db = open();
  });
  beforeEach(() => {
    world = workWorld(db, demoSeason, join(folder, name));
  });

  const plan = (jobId: string, more: Partial<ScoreDeps> = {}, signal = never) =>
    scoreHandler({ ...world.score, ...more })({ step: 'plan', jobId }, signal);
  const stitch = (jobId: string, more: Partial<ScoreDeps> = {}, signal = never) =>
    scoreHandler({ ...world.score, ...more })({ step: 'stitch', jobId }, signal);
  const eventOf = async (id: string, type: string) =>
    (await eventsAfter(db, id, 0)).find((event) => event.type === type)?.data as Record<string, unknown> | undefined;
  const rowOf = (id: string) =>
    db.selectFrom('jobs').select(['state', 'phase', 'tries', 'counts']).where('id', '=', id).executeTakeFirstOrThrow();
  const expire = (id: string) =>
    sql`UPDATE jobs SET leased_until = now() - interval '1 second' WHERE id = ${id}`.execute(db);
  const saying = (message: string) => world.logged.filter((line) => line.message === message);
  /** A place that no other test maps, so that nothing of it is computed already. */
  let places = 0;
  const submit = (request: Parameters<WorkWorld['submit']>[0] = {}) =>
    world.submit({ aoi: { type: 'circle', lon: 4.063, lat: 50.746, radiusM: 60 + places++ }, ...request });

  /** Computes the parts that were sent; these. */
  async function workedOff(): Promise<string[]> {
    const bodies = world.sent.splice(0).map(({ body }) => body as { partKey?: string });
    for (const body of bodies) await inferHandler(world.infer)(body, never);
    world.sent.length = 0;
    return bodies.flatMap(({ partKey }) => partKey ?? []);
  }

  async function computedAll(id: string): Promise<string[]> {
    await plan(id);
    return workedOff();
  }

  async function computed(): Promise<string> {
    const { id } = await submit();
    await computedAll(id);
    return id;
  }

  test.each([
    ['nothing', undefined],
    ['another step', { step: 'dance', jobId: '11111111-1111-4111-8111-111111111111' }],
    ['no job', { step: 'plan', jobId: '1; DROP TABLE jobs' }],
  ])('a message of %s is dropped, and logged', async (_, body) => {
    expect(await scoreHandler(world.score)(body, never)).toBe('done');
    expect(saying('Message:Refused')).toHaveLength(1);
  });

  test('a job that is not there, is planned already or has ended is left alone', async () => {
    const search = () => Promise.reject(new Error('must not be searched'));
    expect(await plan('11111111-1111-4111-8111-111111111111', { search })).toBe('done');
    const { id } = await submit();
    await plan(id);
    expect(await plan(id, { search })).toBe('done');
    await dismissJob(db, id);
    expect(await plan(id, { search })).toBe('done');
    expect(await stitch(id)).toBe('done');
  });

  describe('planning', () => {
    test('leaves parts, tells of scenes, chunks, area and clearest scene, and asks for the chunks', async () => {
      const { id } = await submit();
      await plan(id);
      expect(await rowOf(id)).toMatchObject({ state: 'running', phase: 'computing', tries: 0 });
      expect(world.sent).toEqual([{ queue: 'chunks', body: { partKey: expect.stringMatching(/^[0-9a-f]{64}$/) } }]);
      const told = await eventOf(id, 'planned');
      expect(told).toMatchObject({ chunks: 1, clearest: { id: expect.any(String), cloudCover: expect.any(Number) } });
      const [west, south, east, north] = told!.bbox as number[];
      expect([west < 4.063, east > 4.063, south < 50.746, north > 50.746]).toEqual([true, true, true, true]);
      expect(Math.max(east - west, north - south)).toBeLessThan(0.005);
    });

    test('of the clearest scene the files of true colour are left, as a renderer needs them', async () => {
      const { id } = await submit();
      await plan(id);
      const scene = (await readScene(world.score.store, id))!;
      const { clearest } = (await eventOf(id, 'planned')) as { clearest: ClearestScene };
      expect(scene).toMatchObject({ ...clearest, source: 'demo' });
      expect(scene.assets.B04).toMatchObject({
        href: expect.stringMatching(/B04\.tif$/),
        scale: expect.any(Number),
        shape: [64, 64],
        identity: expect.any(String),
      });
      expect(scene.assets.B03!.href).toMatch(/B03\.tif$/);
      const { scenes } = await world.score.search(
        world.score.sources[0],
        {
          bbox: [4.06, 50.74, 4.07, 50.75],
          start: '2019-03-01',
          end: '2019-11-30',
        } as never,
        never,
      );
      const covers = scenes.map(({ cloudCover }) => cloudCover!);
      expect(scene.cloudCover).toBe(Math.min(...covers));
    });

    test('a band that the source may not read is left out of it, and the job goes on', async () => {
      const { id } = await submit();
      const search: ScoreDeps['search'] = async (...args) => {
        const found = await world.score.search(...args);
        const blue = {
          key: 'B02',
          href: 'https://elsewhere.example/B02.tif',
          scale: 1,
          offset: 0,
          checksum: null,
          size: 1,
        };
        return {
          ...found,
          scenes: found.scenes.map((scene) => ({ ...scene, assets: { ...scene.assets, B02: blue } })),
        };
      };
      await plan(id, { search });
      expect(Object.keys((await readScene(world.score.store, id))!.assets)).toEqual(['B04', 'B03']);
      expect(saying('Job:EarlySightFailed')[0]).toMatchObject({ jobId: id, what: 'band' });
      expect(await rowOf(id)).toMatchObject({ phase: 'computing' });
    });

    test('whatever goes wrong with what is shown early, the job goes on without it', async () => {
      const { id } = await submit({ aoi: { type: 'circle', lon: 4.063, lat: 50.746, radiusM: 3000 } });
      const put: ObjectStore['put'] = async (key, bytes) => {
        if (/(scene|preview)\.json$/.test(key)) throw new Error('no room');
        return world.score.store.put(key, bytes);
      };
      await plan(id, { store: { ...world.score.store, put } });
      expect(await rowOf(id)).toMatchObject({ phase: 'computing' });
      expect(await eventOf(id, 'planned')).toMatchObject({ clearest: null });
      expect(world.sent.map(({ body }) => Object.keys(body as object))).not.toContainEqual(['previewOf']);
      expect(saying('Job:EarlySightFailed').map(({ what }) => what)).toEqual(['scene', 'preview']);
    });

    test('a large area has a preview, asked for first; a small one has none', async () => {
      const small = await submit();
      await plan(small.id);
      expect(world.sent.splice(0)).not.toContainEqual(expect.objectContaining({ body: { previewOf: small.id } }));
      const large = await submit({ aoi: { type: 'circle', lon: 4.063, lat: 50.746, radiusM: 2900 } });
      await plan(large.id);
      expect(world.sent[0]).toEqual({ queue: 'chunks', body: { previewOf: large.id } });
      expect(world.sent.filter(({ body }) => 'previewOf' in (body as object))).toHaveLength(1);
      expect(world.sent.length).toBeGreaterThan(1);
    });

    test('scenes that were found to be broken before are planned around', async () => {
      const request = {
        onBrokenScene: 'skip',
        aoi: { type: 'circle', lon: 4.063, lat: 50.746, radiusM: 330 },
      } as const;
      const scenesOf = async (id: string) => {
        await plan(id);
        const { partKey } = world.sent.splice(0).at(-1)!.body as { partKey: string };
        const { task } = await readTask(world.score.store, partKey);
        return task.observations.flat().map((scene) => scene.id);
      };
      const [broken, ...others] = await scenesOf((await submit(request)).id);
      const { id } = await submit(request);
      const known = JSON.stringify([{ id: broken, reason: 'truncated' }]);
      await sql`UPDATE jobs SET broken = ${known}::jsonb WHERE id = ${id}`.execute(db);
      expect(await scenesOf(id)).toEqual(others);
    });

    test('a queue that is away does not undo a plan: the reconciler finds what is open', async () => {
      const { id } = await submit();
      const send = () => Promise.reject(new Error('the queue is away'));
      expect(await plan(id, { queue: { ...world.score.queue, send } })).toBe('done');
      expect(saying('Queue:SendFailed')).toMatchObject([{ jobId: id, error: { message: 'the queue is away' } }]);
      expect(await rowOf(id)).toMatchObject({ state: 'running', phase: 'computing', tries: 0 });
      const [{ key }] = await sql<{ key: string }>`
        UPDATE parts SET enqueued_at = now() - interval '2 minutes'
        WHERE key IN (SELECT part_key FROM job_parts WHERE job_id = ${id}) RETURNING key`
        .execute(db)
        .then(({ rows }) => rows);
      expect((await findLostWork(db, 5)).parts).toContain(key);
      world.sent.push({ queue: 'chunks', body: { partKey: key } });
      await workedOff();
      expect((await findLostWork(db, 5)).stitch).toContain(id);
      await dismissJob(db, id);
    });

    test('a plan of parts that are all there is not undone either', async () => {
      const request = { aoi: { type: 'circle', lon: 4.063, lat: 50.746, radiusM: 320 } } as const;
      const first = await submit(request);
      await computedAll(first.id);
      const { id } = await submit(request);
      const send = () => Promise.reject(new Error('the queue is away'));
      expect(await plan(id, { queue: { ...world.score.queue, send } })).toBe('done');
      expect((await findLostWork(db, 5)).stitch).toContain(id);
      await stitch(first.id);
      await stitch(id);
    });

    test('tasks of a plan that is never committed are found and removed', async () => {
      await sql`UPDATE jobs SET state = 'dismissed' WHERE state = 'running'`.execute(db);
      const { store } = world.score;
      const before = await store.list('tasks/');
      const { id } = await submit();
      const put: ObjectStore['put'] = async (key, bytes) => {
        await store.put(key, bytes);
        if (key.startsWith('tasks/')) await dismissJob(db, id);
      };
      expect(await plan(id, { store: { ...store, put } })).toBe('done');
      expect(await eventOf(id, 'planned')).toBeUndefined();
      expect((await store.list('tasks/')).length).toBe(before.length + 1);
      await sql`UPDATE parts SET created_at = created_at - interval '2 hours'`.execute(db);
      await retain({ ...world.score, retention: keepAll }, defaultRetentionTimes);
      expect(await store.list('tasks/')).toEqual(before);
    });

    test('a queue that takes no preview still gets the chunks', async () => {
      const { id } = await submit({ aoi: { type: 'circle', lon: 4.063, lat: 50.746, radiusM: 2800 } });
      const send: ScoreDeps['queue']['send'] = async (queue, bodies) => {
        if ('previewOf' in (bodies[0] as object)) throw new Error('the queue is away');
        return world.score.queue.send(queue, bodies);
      };
      await plan(id, { queue: { ...world.score.queue, send } });
      expect(world.sent.length).toBeGreaterThan(0);
    });

    test('a planner that was overtaken commits nothing and sends nothing', async () => {
      const { id } = await submit();
      let other: Awaited<ReturnType<typeof claimPlanning>> = null;
      const search: ScoreDeps['search'] = async (...args) => {
        await expire(id);
        other ??= await claimPlanning(db, id);
        return world.score.search(...args);
      };
      expect(await plan(id, { search })).toBe('done');
      expect(other).not.toBeNull();
      expect(world.sent).toEqual([]);
      expect(await rowOf(id)).toMatchObject({ state: 'running', phase: 'planning', tries: 2 });
      expect(await eventOf(id, 'planned')).toBeUndefined();
    });

    test('what the request is to blame for fails the job at once; it counts', async () => {
      const { id } = await submit();
      const search = async () => ({ scenes: [], skipped: [] });
      expect(await plan(id, { search })).toBe('done');
      expect(await findJob(db, id, null)).toMatchObject({
        state: 'failed',
        error: { code: 'no-scenes', field: 'aoi' },
      });
      expect((await rowOf(id)).counts).toBe(true);
      expect(saying('Job:Failed')[0]).toMatchObject({ jobId: id, code: 'no-scenes', reason: expect.any(String) });
    });

    test('what the source is to blame for fails it too; it does not count', async () => {
      const { id } = await submit();
      const search = () => Promise.reject(new GeoCropError('source-unavailable', 'the catalog answered 503'));
      expect(await plan(id, { search })).toBe('done');
      expect(await findJob(db, id, null)).toMatchObject({
        state: 'failed',
        error: { code: 'source-unavailable', message: 'the catalog answered 503' },
      });
      expect((await rowOf(id)).counts).toBe(false);
    });

    test('an asset that the source may not read fails it, by its place', async () => {
      const { id } = await submit();
      const assertReadable = () => Promise.reject(new GeoCropError('invalid-source', 'an asset lies elsewhere'));
      await plan(id, { assertReadable });
      expect(await findJob(db, id, null)).toMatchObject({ state: 'failed', error: { code: 'invalid-source' } });
    });

    test('what may pass lets the job go and throws, so that the message comes back; five times at most', async () => {
      const { id } = await submit();
      const search = () => Promise.reject(new TypeError('terminated'));
      for (let tries = 1; tries <= 5; tries++) {
        await expect(plan(id, { search })).rejects.toThrow('terminated');
        expect(await rowOf(id)).toMatchObject({ state: 'running', phase: null, tries });
      }
      expect(await plan(id, { search })).toBe('done');
      expect((await findLostWork(db, 5)).stuck).toContain(id);
    });

    test('a planner that is told to stop hands the job back; the try does not count', async () => {
      const { id } = await submit();
      for (let round = 0; round < 6; round++) {
        const stop = new AbortController();
        const search: ScoreDeps['search'] = (_source, _query, signal) => {
          setTimeout(() => stop.abort(new Error('stopping')), 10);
          return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
        };
        await expect(plan(id, { search }, stop.signal)).rejects.toThrow('stopping');
        expect(await rowOf(id)).toMatchObject({ state: 'running', phase: null, tries: 0 });
      }
      await plan(id);
      expect(await rowOf(id)).toMatchObject({ phase: 'computing' });
    });
  });

  describe('stitching', () => {
    test('ends a job whose parts are there; a second message changes nothing', async () => {
      const id = await computed();
      expect(await stitch(id)).toBe('done');
      expect(await findJob(db, id, null)).toMatchObject({
        state: 'successful',
        summary: { pixels: expect.anything() },
      });
      const files = await world.score.store.list(`results/${id}/`);
      expect(files.map((key) => key.split('/').at(-1))).toEqual(
        expect.arrayContaining(['map.tif', 'report.json', 'item.json', 'map.png']),
      );
      expect(await stitch(id)).toBe('done');
      expect((await eventsAfter(db, id, 0)).filter(({ type }) => type === 'successful')).toHaveLength(1);
    });

    test('is not begun while a part is missing', async () => {
      const { id } = await submit();
      await plan(id);
      expect(await stitch(id)).toBe('done');
      expect(await rowOf(id)).toMatchObject({ state: 'running', phase: 'computing' });
    });

    test('has parts computed once more whose files are gone, and then ends with the same map', async () => {
      const { id } = await submit({ aoi: { type: 'circle', lon: 4.063, lat: 50.746, radiusM: 2400 } });
      const first = await computedAll(id);
      await stitch(id);
      const { store } = world.score;
      const map = await store.get(`results/${id}/map.tif`);
      const again = await submit({ aoi: { type: 'circle', lon: 4.063, lat: 50.746, radiusM: 2400 } });
      expect(await computedAll(again.id)).toEqual([]);
      const gone = first.slice(0, 2);
      for (const key of gone) await store.delete(`parts/${key}.tif`);
      expect(await stitch(again.id)).toBe('done');
      expect(saying('Parts:Lost')).toMatchObject([{ jobId: again.id, parts: gone.length }]);
      expect(await rowOf(again.id)).toMatchObject({ state: 'running', phase: 'computing', tries: 1 });
      expect(await stitch(again.id)).toBe('done');
      expect(await rowOf(again.id)).toMatchObject({ state: 'running', phase: 'computing', tries: 1 });
      expect((await workedOff()).sort()).toEqual([...gone].sort());
      expect(await stitch(again.id)).toBe('done');
      expect(await rowOf(again.id)).toMatchObject({ state: 'successful' });
      expect(Buffer.compare((await store.get(`results/${again.id}/map.tif`))!, map!)).toBe(0);
    });

    test('so a retention that stood still at the worst moment costs work and no map', async () => {
      const aoi = { type: 'circle', lon: 4.063, lat: 50.746, radiusM: 310 } as const;
      const { id } = await submit({ aoi });
      const [key] = await computedAll(id);
      await stitch(id);
      await sql`UPDATE jobs SET finished_at = now() - interval '40 days' WHERE id = ${id}`.execute(db);
      await sql`UPDATE parts SET finished_at = now() - interval '40 days' WHERE key = ${key}`.execute(db);
      const again = await submit({ aoi });
      let stoodStill = false;
      const slow = async (file: string) => {
        if (file === `parts/${key}.tif` && !stoodStill) {
          stoodStill = true;
          await sql`UPDATE parts SET leased_until = now() - interval '1 second' WHERE key = ${key}`.execute(db);
          expect(await computedAll(again.id)).toEqual([key]);
        }
        await world.score.store.delete(file);
      };
      const retained = { ...world.score, store: { ...world.score.store, delete: slow }, retention: keepAll };
      await retain(retained, defaultRetentionTimes);
      const part = await db.selectFrom('parts').select('state').where('key', '=', key).executeTakeFirst();
      expect([stoodStill, part?.state]).toEqual([true, 'done']);
      expect(await world.score.store.size(`parts/${key}.tif`)).toBeNull();
      await stitch(again.id);
      expect(await workedOff()).toEqual([key]);
      await stitch(again.id);
      expect(await rowOf(again.id)).toMatchObject({ state: 'successful' });
    });

    test('does so five times at most', async () => {
      const id = await computed();
      const { store } = world.score;
      for (let tries = 1; tries < 5; tries++) {
        for (const key of await store.list('parts/')) await store.delete(key);
        expect(await stitch(id)).toBe('done');
        await workedOff();
      }
      for (const key of await store.list('parts/')) await store.delete(key);
      await expect(stitch(id)).rejects.toThrow();
      expect((await findLostWork(db, 5)).stuck).toContain(id);
    });

    test('under a lease that passed to another it ends nothing', async () => {
      const id = await computed();
      const store = { ...world.score.store };
      const putStream: ObjectStore['putStream'] = async (key, write) => {
        await expire(id);
        expect(await claimStitching(db, id)).not.toBeNull();
        return store.putStream(key, write);
      };
      let taken = false;
      const once: ObjectStore['putStream'] = (...args) => {
        const first = !taken;
        taken = true;
        return first ? putStream(...args) : store.putStream(...args);
      };
      expect(await stitch(id, { store: { ...store, putStream: once } })).toBe('done');
      expect(await rowOf(id)).toMatchObject({ state: 'running', phase: 'stitching' });
      expect(await eventOf(id, 'successful')).toBeUndefined();
    });

    test('a full disk lets the job go and throws; the fifth time it fails it by its reason, uncounted', async () => {
      const id = await computed();
      const full = new GeoCropError('disk-full', 'the disk that holds results is full');
      const broken = { store: { ...world.score.store, putStream: () => Promise.reject(full) } };
      for (let tries = 1; tries < 5; tries++) {
        await expect(stitch(id, broken)).rejects.toThrow('is full');
        expect(await rowOf(id)).toMatchObject({ state: 'running', phase: 'computing', tries });
      }
      expect(await stitch(id, broken)).toBe('done');
      const error = { code: 'disk-full', message: 'the disk that holds results is full' };
      expect(await findJob(db, id, null)).toMatchObject({ state: 'failed', error });
      expect((await rowOf(id)).counts).toBe(false);
    });

    test('a store that fails lets the job go and throws; five times, and it is named as stuck', async () => {
      const id = await computed();
      const putStream = () => Promise.reject(new Error('the store is away'));
      const broken = { store: { ...world.score.store, putStream } };
      for (let tries = 1; tries <= 5; tries++) {
        await expect(stitch(id, broken)).rejects.toThrow('the store is away');
        expect(await rowOf(id)).toMatchObject({ state: 'running', phase: 'computing', tries });
      }
      expect(await stitch(id)).toBe('done');
      expect((await findLostWork(db, 5)).stuck).toContain(id);
    });
  });
});
