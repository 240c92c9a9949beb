import { join } from 'node:path';
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Database } from '#shared/db/database.ts';
import { eachDatabase } from '#shared/testing/databases.ts';
import { defaultLeaseTimes, makeUser, partKeyOf, runningJob } from '#shared/testing/job-fixtures.ts';
import { completePart } from '#shared/db/complete-part.ts';
import { claimPart } from '#shared/db/part-lease.ts';
import { mustRun } from '#shared/testing/run-cli.ts';
import { demoSeason } from '#shared/testing/season-copy.ts';
import { serveFolder } from '#shared/testing/static-server.ts';
import { tinyHome, workFolder } from '#shared/testing/work-folder.ts';
import type { QuoteAnswer } from './quote-schema.ts';
import { jobsWorld, type Headers, type JobsWorld } from './testing/jobs-world.ts';

const folder = workFolder('quote');
const circle = { lon: 4.063, lat: 50.746, radius_m: 300 };
const good = { aoi: circle, year: 2019, season: 'northern-summer', model: 'tiny', source: 'demo' };
const path = '/processes/crop-map/quote';

/** What the command line says of the same map, and the items of the season themselves. */
let dryRun: { scenes: number; chunks: number; pixels: number; bytes: number };
let items: { id: string; datetime: string; cloudCover: number }[];
beforeAll(async () => {
  const area = ['--stac', demoSeason, '--at', '4.063,50.746,300', '--year', '2019', '--season', 'northern-summer'];
  const run = await mustRun(['map', ...area, '--model', 'tiny', '--dry-run', '--json'], { home: tinyHome(folder) });
  dryRun = JSON.parse(run.stdout);
  const { links } = JSON.parse(readFileSync(join(demoSeason, 'collection.json'), 'utf8'));
  items = links
    .filter(({ rel }: { rel: string }) => rel === 'item')
    .map(({ href }: { href: string }) => JSON.parse(readFileSync(join(demoSeason, href), 'utf8')))
    .map((item: { id: string; properties: Record<string, never> }) => ({
      id: item.id,
      datetime: new Date(item.properties.datetime).toISOString(),
      cloudCover: item.properties['eo:cloud_cover'],
    }))
    .filter(({ datetime }: { datetime: string }) => datetime >= '2019-03' && datetime < '2019-12');
}, 60_000);

eachDatabase((_name, open) => {
  let db: Database;
  let world: JobsWorld;
  let headers: Headers;
  beforeAll(async () => {
    db = open({ maxConnections: 10 });
    world = await jobsWorld(db, { season: demoSeason });
    ({ headers } = await world.newUser());
  });

  const post = (inputs: unknown, who: Headers): RequestInit => ({
    method: 'POST',
    headers: { ...who, 'content-type': 'application/json' },
    body: JSON.stringify({ inputs }),
  });
  const quote = async (inputs: unknown = good, of = world, who = headers) => of.send(path, post(inputs, who));
  const jobs = async () => (await db.selectFrom('jobs').select('id').execute()).length;

  test('says what the command line says, makes no job, counts on no quota', async () => {
    const before = await jobs();
    const { status, body } = await quote();
    const told = body as unknown as QuoteAnswer;
    expect(status).toBe(200);
    expect(told).toMatchObject({
      scenes: dryRun.scenes,
      chunks: dryRun.chunks,
      pixels: dryRun.pixels,
      hectares: dryRun.pixels / 100,
      bytes: dryRun.bytes,
      basis: 'measured now',
      quota: { limit: 50, used: 0, open: true },
      expectedDekads: 27,
      warnings: [],
    });
    expect(told.seconds).toBeGreaterThanOrEqual(told.secondsLow);
    expect(told.secondsHigh).toBeGreaterThan(told.seconds);
    expect(await jobs()).toBe(before);
  });

  test('of a source over HTTP it is the same', async () => {
    const { address } = await serveFolder(demoSeason);
    const remote = await jobsWorld(db, { season: `${address}/collection.json` });
    const { status, body } = await quote(good, remote, (await remote.newUser()).headers);
    const { scenes, chunks, pixels, bytes } = dryRun;
    expect([status, body]).toEqual([200, expect.objectContaining({ scenes, chunks, pixels, bytes })]);
  });

  test('names the clearest scene and counts the dekads that have one', async () => {
    const { body } = await quote();
    const least = Math.min(...items.map(({ cloudCover }) => cloudCover));
    expect((body.clearest as { cloudCover: number }).cloudCover).toBe(least);
    expect(items.filter(({ cloudCover }) => cloudCover === least)).toContainEqual(body.clearest);
    const dekads = new Set(
      items.map(
        ({ datetime }) =>
          `${datetime.slice(0, 7)} ${Math.min(2, Math.floor((Number(datetime.slice(8, 10)) - 1) / 10))}`,
      ),
    );
    expect(body.seenDekads).toBe(dekads.size);
  });

  test('goes by past runs as soon as there are some, and by the workers that they had', async () => {
    const owner = await makeUser(db, 'admin');
    const record = { scenes: [{}, {}], computedPixels: 100, seconds: { read: 100, features: 0 } };
    const keys = Array.from({ length: 6 }, partKeyOf);
    await runningJob(db, owner, keys);
    for (const key of keys) await completePart(db, (await claimPart(db, key, 'worker', defaultLeaseTimes))!, record);
    const told = (await quote()).body as unknown as QuoteAnswer;
    // 50 s a scene: its chunks read all scenes, side by side as the six did.
    const perWorker = (50 * dryRun.scenes * dryRun.chunks) / Math.min(6, dryRun.chunks);
    expect(told).toMatchObject({ basis: 'past runs', workers: Math.min(6, dryRun.chunks) });
    expect(told.seconds / perWorker).toBeCloseTo(1, 1);
    expect([told.secondsLow, told.secondsHigh]).toEqual([told.seconds, told.seconds]);
    await db.deleteFrom('jobs').where('owner', '=', owner).execute();
  });

  test('an admin has no quota; a used-up one is told as a warning, not an error', async () => {
    const admin = await world.newUser('admin');
    expect((await quote(good, world, admin.headers)).body.quota).toBeNull();
    const none = await jobsWorld(db, {
      season: demoSeason,
      tokens: world.deps.tokens,
      quotas: { recruiterJobs: 0, analystOpenJobs: 0 },
    });
    const { status, body } = await quote(good, none);
    expect([status, body.warnings]).toEqual([200, [expect.stringMatching(/used 0 of its 0/)]]);
  });

  test('an area outside of the model is refused as it is when it is sent, and a guess where it is wanted', async () => {
    const inputs = { ...good, aoi: { ...circle, lon: 31, lat: -18 } };
    expect((await quote(inputs)).body).toMatchObject({ code: 'outside-model', field: 'aoi' });
    expect((await quote({ ...inputs, acceptOutsideModel: true })).body).toMatchObject({ code: 'no-scenes' });
  });

  describe('a request that cannot be served names the field', () => {
    test.each<[Record<string, unknown>, number, string]>([
      [{ aoi: { ...circle, radius_m: 25_001 } }, 422, 'aoi'],
      [{ aoi: { ...circle, lat: 91 } }, 422, 'aoi'],
      [{ aoi: undefined }, 400, 'inputs.aoi'],
      [{ year: 1999 }, 422, 'year'],
      [{ season: 'winter' }, 422, 'season'],
      [{ model: '../tiny' }, 422, 'model'],
      [{ source: 'other' }, 422, 'source'],
      [{ colour: 'red' }, 400, 'inputs.colour'],
    ])('%j', async (change, status, field) => {
      const answer = await quote({ ...good, ...change });
      expect([answer.status, answer.body.field]).toEqual([status, field]);
    });

    test('and without a token nothing is looked at', async () => {
      expect((await quote(good, world, {})).status).toBe(401);
    });
  });

  describe('work is bounded', () => {
    /** A source that answers nothing until the question is given up. */
    const hanging = (asked: AbortSignal[]) =>
      jobsWorld(db, {
        tokens: world.deps.tokens,
        scenes: {
          ...world.deps.scenes,
          search: (_source, _query, signal) => {
            asked.push(signal);
            return new Promise((_resolve, reject) =>
              signal.addEventListener('abort', () => reject(signal.reason), { once: true }),
            );
          },
        },
      });

    test('to two at once; a third is told when to come again, and a client that leaves makes room', async () => {
      const asked: AbortSignal[] = [];
      const slow = await hanging(asked);
      const leaving = new AbortController();
      const begun = [1, 2].map(() =>
        Promise.resolve(slow.request(path, { ...post(good, headers), signal: leaving.signal })).catch(() => null),
      );
      await expect.poll(() => asked.length).toBe(2);
      const third = await quote(good, slow);
      expect([third.status, third.body.code, third.headers.get('retry-after')]).toEqual([503, 'unavailable', '5']);
      leaving.abort();
      await Promise.all(begun);
      expect(asked.every((signal) => signal.aborted)).toBe(true);
      const after = new AbortController();
      const next = Promise.resolve(slow.request(path, { ...post(good, headers), signal: after.signal })).catch(
        () => null,
      );
      await expect.poll(() => asked.length).toBe(3);
      after.abort();
      await next;
    });
  });
});
