import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Database } from '#shared/db/database.ts';
import { createShare } from '#shared/db/shares.ts';
import type { Job } from '#shared/domain/job.ts';
import { featureNames, featureSet } from '#shared/features/feature-names.ts';
import { loadEnsemble } from '#shared/model/load-ensemble.ts';
import { readManifest } from '#shared/model/read-bundle.ts';
import { directoryBundle } from '#shared/model/bundle-files.ts';
import { eachDatabase } from '#shared/testing/databases.ts';
import { hasGdal, runPython } from '#shared/testing/fixtures/cog/gdal.ts';
import { tinyFolder } from '#shared/testing/fixtures/model/bundle.ts';
import { mustRun } from '#shared/testing/run-cli.ts';
import { demoSeason } from '#shared/testing/season-copy.ts';
import { workFolder } from '#shared/testing/work-folder.ts';
import { inferHandler } from '../infer/app.ts';
import { workWorld } from '../infer/testing/work-world.ts';
import { scoreHandler } from '../score/app.ts';
import type { PixelAnswer } from './pixel-schema.ts';
import { jobsWorld, type Headers, type JobsWorld } from './testing/jobs-world.ts';

const folder = workFolder('point');
const home = join(folder, 'home');
const never = new AbortController().signal;
const circle = { type: 'circle' as const, lon: 4.063, lat: 50.746, radiusM: 150 };
const places = ['4.063,50.746', '4.0642,50.7455', '4.0618,50.7467'];
const reader = new URL('../../shared/testing/fixtures/map/read_series.py', import.meta.url).pathname;

/** [band][dekad], null = missing; and the 51 bands of features.tif. */
type Series = { composites: (number | null)[][]; features: number[] };
/** Both bands of a map at places (longitude, latitude), by GDAL. */
const readMap = `
import json, sys
sys.argv, path = sys.argv[1:], sys.argv[1]
exec(open(path).read().rsplit('main(*', 1)[0].rsplit('if __name__', 1)[0])
print(json.dumps([[int(v) for v in value_at(sys.argv[1], *map(float, p.split(',')))] for p in sys.argv[2:]]))
`;
const mapAt = async (path: string): Promise<[number, number][]> =>
  JSON.parse(await runPython(['-c', readMap, reader, path, ...places]));

/** The tiny model without smoothing, under a name of its own. */
function installPlain(): void {
  const plain = join(home, 'models', 'plain');
  cpSync(tinyFolder, plain, { recursive: true });
  const manifest = JSON.parse(readFileSync(join(plain, 'model.json'), 'utf8'));
  writeFileSync(join(plain, 'model.json'), JSON.stringify({ ...manifest, name: 'plain', smoothing: null }));
}

let truth: Series[];
let plain: [number, number][];
beforeAll(async () => {
  if (!hasGdal()) return;
  installPlain();
  const area = ['--stac', demoSeason, '--at', '4.063,50.746,150', '--year', '2019', '--season', 'northern-summer'];
  const features = join(folder, 'features.tif');
  await mustRun(['features', ...area, '--out', features], { home });
  await mustRun(['map', ...area, '--model', 'plain', '--out', join(folder, 'plain')], { home });
  truth = JSON.parse(await runPython([reader, demoSeason, features, '2019', ...places]));
  plain = await mapAt(join(folder, 'plain', 'map.tif'));
}, 120_000);

eachDatabase((name, open) => {
  let db: Database;
  let job: Job;
  let world: JobsWorld;
  let headers: Headers;
  const objects = join(folder, name);

  beforeAll(async () => {
    db = open({ maxConnections: 10 });
    const work = workWorld(db, demoSeason, objects);
    job = await work.submit({ aoi: circle });
    await scoreHandler(work.score)({ step: 'plan', jobId: job.id }, never);
    for (const { queue, body } of work.sent.splice(0))
      if (queue === 'chunks') await inferHandler(work.infer)(body, never);
    await scoreHandler(work.score)({ step: 'stitch', jobId: job.id }, never);
    world = await jobsWorld(db, { season: demoSeason, home: objects });
    headers = await world.headersOf({ id: job.owner, name: 'someone', role: 'admin' });
  }, 120_000);

  const pointOf = (place: string, more = '') => {
    const [lon, lat] = place.split(',');
    return `/jobs/${job.id}/point?lon=${lon}&lat=${lat}${more}`;
  };
  const pixelOf = async (place: string) =>
    (await world.send(pointOf(place), { headers })).body as unknown as PixelAnswer;

  describe.skipIf(!hasGdal())(
    `beside GDAL${hasGdal() ? '' : " (skipped: Debian's python3-gdal is not installed)"}`,
    () => {
      test('composites are the medians of what GDAL reads, and features those of features.tif', async () => {
        for (const [at, place] of places.entries()) {
          const pixel = await pixelOf(place);
          const bands = ['B03', 'B04', 'B05', 'B07', 'B08', 'B11'] as const;
          bands.forEach((band, i) =>
            pixel.dekads.forEach(({ dekad, composite }) => {
              const wanted = truth[at].composites[i][dekad];
              const told = composite?.[band] ?? null;
              expect([band, dekad, told]).toEqual([band, dekad, wanted === null ? null : expect.closeTo(wanted, 6)]);
            }),
          );
          expect(pixel.features.map((feature) => feature.name)).toEqual(featureNames);
          expect(pixel.features.map(({ value }) => value)).toEqual(truth[at].features);
          const seen = pixel.dekads.filter(({ composite }) => composite !== null);
          for (const { composite, ndvi, filled } of seen) {
            expect(filled).toBe(false);
            expect(ndvi).toBeCloseTo((composite!.B08 - composite!.B04) / (composite!.B08 + composite!.B04), 6);
          }
          expect(pixel.dekads.filter(({ filled }) => filled)).toHaveLength(27 - seen.length);
        }
      });

      test('the votes are those of the ensemble, and their best class is the one of a map without smoothing', async () => {
        const read = directoryBundle(tinyFolder);
        const manifest = await readManifest(read, tinyFolder, featureSet);
        const ensemble = await loadEnsemble(read, manifest, featureSet);
        for (const [at, place] of places.entries()) {
          const pixel = await pixelOf(place);
          expect(pixel.probabilities).toEqual([...(await ensemble.predict(Float32Array.from(truth[at].features)))]);
          expect(1 + pixel.probabilities.indexOf(Math.max(...pixel.probabilities))).toBe(plain[at][0]);
          expect(pixel.votes.map(({ member }) => member)).toEqual(manifest.members.map(({ file }) => file));
          for (const { probabilities } of [...pixel.votes, pixel]) {
            expect(probabilities).toHaveLength(manifest.classes.length);
            expect(probabilities.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 5);
          }
        }
        await ensemble.release();
      });

      test('class and confidence are what the map shows there', async () => {
        const shown = await mapAt(join(objects, 'objects', 'results', job.id, 'map.tif'));
        for (const [at, place] of places.entries()) {
          const pixel = await pixelOf(place);
          expect([pixel.class?.value, pixel.confidence]).toEqual(shown[at]);
          expect([pixel.inside, pixel.smoothed, pixel.epsg]).toEqual([true, true, 32631]);
        }
      });
    },
  );

  test('every scene is told, seen or with the reason why not', async () => {
    const { scenes } = await pixelOf(places[0]);
    expect(scenes.length).toBeGreaterThan(40);
    expect(scenes.map(({ datetime }) => datetime)).toEqual(scenes.map(({ datetime }) => datetime).toSorted());
    for (const { valid, reason, values } of scenes) {
      expect(reason === null).toBe(valid);
      expect(values === null).toBe(!valid);
    }
    expect(scenes.filter(({ valid }) => valid).length).toBeGreaterThan(10);
    expect(scenes.map(({ reason }) => reason)).toContain('cloud');
  });

  test('as events: each scene as it is read, and the same pixel last', async () => {
    const reply = await world.request(pointOf(places[0]), { headers: { ...headers, accept: 'text/event-stream' } });
    expect(reply.headers.get('content-type')).toMatch(/^text\/event-stream/);
    const events = [...(await reply.text()).matchAll(/^event: (\w+)\ndata: (.*)$/gm)].map(([, type, data]) => ({
      type,
      data: JSON.parse(data),
    }));
    const pixel = await pixelOf(places[0]);
    expect(events.at(-1)).toEqual({ type: 'pixel', data: pixel });
    const told = events.slice(0, -1);
    expect(new Set(told.map(({ type }) => type))).toEqual(new Set(['scene']));
    const byId = (a: { id: string }, b: { id: string }) => (a.id < b.id ? -1 : 1);
    expect(told.map(({ data }) => data).sort(byId)).toEqual(pixel.scenes.toSorted(byId));
  });

  test('at most eight reads run at one time, whoever asks', async () => {
    let [running, most] = [0, 0];
    const counting = await jobsWorld(db, {
      home: objects,
      sources: world.deps.sources,
      tokens: world.deps.tokens,
      reader: (source) => {
        const read = world.deps.reader(source);
        return async (asset, window, signal) => {
          most = Math.max(most, ++running);
          try {
            return await read(asset, window, signal);
          } finally {
            running--;
          }
        };
      },
    });
    const answers = await Promise.all(places.map((place) => counting.send(pointOf(place), { headers })));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(most).toBe(8);
  });

  test('outside of the area nothing is known, and far away there is no pixel', async () => {
    const outside = await pixelOf('4.0665,50.746');
    expect(outside).toMatchObject({
      inside: false,
      class: null,
      confidence: null,
      scenes: [],
      features: [],
      votes: [],
    });
    const beyond = await pixelOf('4.5,51');
    expect(beyond).toMatchObject({ inside: false, col: expect.any(Number), scenes: [] });
    const far = await world.send(pointOf('120,-33'), { headers });
    expect([far.status, far.body.code, far.body.field]).toEqual([400, 'invalid-request', 'lon']);
  });

  test.each([
    ['lon=4', 'lat'],
    ['lon=x&lat=50', 'lon'],
    ['lon=181&lat=50', 'lon'],
    ['lon=4&lat=-91', 'lat'],
    ['lon=NaN&lat=50', 'lon'],
    ['lon=Infinity&lat=50', 'lon'],
    ['lon=4&lat=1e400', 'lat'],
    ['lon=&lat=50', 'lon'],
    ['', 'lon'],
  ])('the place %j is refused by its field', async (query, field) => {
    const { status, body } = await world.send(`/jobs/${job.id}/point?${query}`, { headers });
    expect([status, body.code, body.field]).toEqual([400, 'invalid-request', field]);
  });

  test('a share shows the pixels of its job; nobody else sees them', async () => {
    const { key } = await createShare(db, { jobId: job.id, createdBy: job.owner, days: 1 });
    expect((await world.send(pointOf(places[0], `&share=${key}`))).status).toBe(200);
    expect((await world.send(pointOf(places[0], `&share=${'A'.repeat(43)}`))).status).toBe(404);
    expect((await world.send(pointOf(places[0]))).status).toBe(401);
    const { headers: stranger } = await world.newUser();
    expect((await world.send(pointOf(places[0]), { headers: stranger })).status).toBe(404);
  });

  test('a job without a plan has no pixels yet', async () => {
    const waiting = await workWorld(db, demoSeason, objects).submit({ aoi: circle });
    const { status, body } = await world.send(`/jobs/${waiting.id}/point?lon=4.063&lat=50.746`, {
      headers: (await world.newUser('admin')).headers,
    });
    expect([status, body.code]).toEqual([409, 'conflict']);
  });

  test('where the model was replaced since, the votes are left out and the rest is there', async () => {
    const changed = await jobsWorld(db, {
      season: demoSeason,
      home: objects,
      tokens: world.deps.tokens,
      votes: async (model) => {
        const installed = await world.deps.votes(model);
        return { ...installed, manifest: { ...installed.manifest, version: '9.9.9' } };
      },
    });
    const { body } = await changed.send(pointOf(places[0]), { headers });
    expect(body).toMatchObject({ votes: [], probabilities: [], class: { name: expect.any(String) } });
  });

  test('a source that fails is told as an event, and in its status', async () => {
    const broken = await jobsWorld(db, {
      season: demoSeason,
      home: objects,
      tokens: world.deps.tokens,
      reader: () => async () => Promise.reject(new Error('the disk is on fire')),
    });
    expect((await broken.send(pointOf(places[0]), { headers })).status).toBe(500);
    const reply = await broken.request(pointOf(places[0]), { headers: { ...headers, accept: 'text/event-stream' } });
    const text = await reply.text();
    expect(text).toMatch(/^event: problem$/m);
    expect(text).not.toContain('on fire');
  });

  test('a client that leaves ends the reading', async () => {
    const leaving = new AbortController();
    const seen: (AbortSignal | undefined)[] = [];
    const slow = await jobsWorld(db, {
      season: demoSeason,
      home: objects,
      tokens: world.deps.tokens,
      reader: () => async (_asset, _window, signal) => {
        seen.push(signal);
        leaving.abort();
        return new Promise<never>((_resolve, reject) =>
          signal!.addEventListener('abort', () => reject(signal!.reason), { once: true }),
        );
      },
    });
    await slow.request(pointOf(places[0]), { headers, signal: leaving.signal }).catch(() => null);
    expect(seen.length).toBeGreaterThan(0);
    expect(seen.length).toBeLessThanOrEqual(8);
    expect(seen.every((signal) => signal!.aborted)).toBe(true);
  });
});
