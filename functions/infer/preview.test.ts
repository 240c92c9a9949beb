import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Database } from '#shared/db/database.ts';
import { dismissJob } from '#shared/db/end-job.ts';
import { eventsAfter } from '#shared/db/events.ts';
import type { Aoi } from '#shared/domain/aoi.ts';
import { eachDatabase } from '#shared/testing/databases.ts';
import { hasGdal, runPython } from '#shared/testing/fixtures/cog/gdal.ts';
import { madeSeason } from '#shared/testing/made-season.ts';
import { innerCorners, writeSquares } from '#shared/testing/season-areas.ts';
import { workFolder } from '#shared/testing/work-folder.ts';
import { inferHandler } from './app.ts';
import { scoreHandler } from '../score/app.ts';
import { workWorld, type WorkWorld } from './testing/work-world.ts';

const folder = workFolder('preview');
const never = new AbortController().signal;

/** What GDAL says of a preview, and how often it agrees with the map at the centres of its pixels. */
const compare = `
import json, sys
from osgeo import gdal, osr
gdal.UseExceptions()
preview, full = gdal.Open(sys.argv[1]), gdal.Open(sys.argv[2])
a, b = preview.ReadAsArray(), full.ReadAsArray()
p, f = preview.GetGeoTransform(), full.GetGeoTransform()
same = both = only = 0
for row in range(preview.RasterYSize):
    for col in range(preview.RasterXSize):
        x, y = p[0] + (col + .5) * p[1], p[3] + (row + .5) * p[5]
        value = int(b[0, int((y - f[3]) / f[5]), int((x - f[0]) / f[1])])
        mine = int(a[0, row, col])
        both += mine > 0 and value > 0
        same += mine > 0 and mine == value
        only += (mine > 0) != (value > 0)
band = preview.GetRasterBand(1)
print(json.dumps({'bands': preview.RasterCount, 'type': gdal.GetDataTypeName(band.DataType), 'nodata': band.GetNoDataValue(),
  'epsg': osr.SpatialReference(preview.GetProjection()).GetAuthorityCode(None), 'transform': p,
  'colors': band.GetColorTable().GetColorEntry(1) == full.GetRasterBand(1).GetColorTable().GetColorEntry(1),
  'shape': [preview.RasterXSize, preview.RasterYSize], 'same': same, 'both': both, 'only': only,
  'confidence': [int(a[1][a[0] > 0].min()), int(a[1].max())]}))
`;

let season: string;
let aoi: Aoi;
beforeAll(async () => {
  season = (await madeSeason(3, 2, 10)).out;
  const path = writeSquares(join(folder, 'squares.geojson'), innerCorners, 500);
  aoi = { type: 'polygons', polygons: JSON.parse(readFileSync(path, 'utf8')).coordinates };
}, 240_000);

eachDatabase((name, open) => {
  let db: Database;
  let world: WorkWorld;
  const home = join(folder, name);
  beforeAll(() => {
    db = open();
  });
  beforeEach(() => {
    world = workWorld(db, season, home);
  });
  const request = () => ({ aoi, season: 'northern-summer', year: 2019 });
  const planned = async () => {
    const job = await world.submit(request());
    await scoreHandler(world.score)({ step: 'plan', jobId: job.id }, never);
    return job.id;
  };
  const typesOf = async (id: string) => (await eventsAfter(db, id, 0)).map(({ type }) => type);
  const previewOf = (id: string) => world.infer.store.get(`results/${id}/preview.tif`);

  test('the preview is asked for before any chunk, and looks like the map that comes after it', async () => {
    const id = await planned();
    expect(world.sent[0]).toEqual({ queue: 'chunks', body: { previewOf: id } });
    const infer = inferHandler(world.infer);
    const chunks = world.sent.splice(0).map(({ body }) => body);
    for (const body of chunks) expect(await infer(body, never)).toBe('done');
    expect((await typesOf(id)).slice(0, 4)).toEqual(['accepted', 'planned', 'preview', 'part']);
    await scoreHandler(world.score)({ step: 'stitch', jobId: id }, never);
    expect((await typesOf(id)).at(-1)).toBe('successful');
    if (!hasGdal()) return tellOfAbsence();
    const files = ['preview.tif', 'map.tif'].map((file) => join(home, 'objects', 'results', id, file));
    const seen = JSON.parse(await runPython(['-c', compare, ...files]));
    process.stdout.write(
      `preview ${seen.shape}: ${seen.same} of ${seen.both} pixels as in the map, ${seen.only} in one only\n`,
    );
    expect(seen).toMatchObject({ bands: 2, type: 'Byte', nodata: 0, epsg: '32631', colors: true });
    const [x, dx, , y, , dy] = seen.transform;
    expect([dx, dy]).toEqual([20, -20]);
    expect([x % 20, y % 20]).toEqual([0, 0]);
    expect(seen.shape[0] * seen.shape[1]).toBeLessThanOrEqual(128 * 128);
    expect(seen.both).toBeGreaterThan(4000);
    expect(seen.only).toBeLessThan(seen.both / 20);
    expect(seen.same / seen.both).toBeGreaterThan(0.6);
    expect(seen.confidence[0]).toBeGreaterThan(0);
    expect(seen.confidence[1]).toBeLessThanOrEqual(100);
  });

  test('twice the same message is harmless: the same file, told once; a third is not begun', async () => {
    const id = await planned();
    const infer = inferHandler(world.infer);
    await infer({ previewOf: id }, never);
    const first = await previewOf(id);
    expect(first).not.toBeNull();
    await Promise.all([infer({ previewOf: id }, never), infer({ previewOf: id }, never)]);
    expect(Buffer.from((await previewOf(id))!).equals(first!)).toBe(true);
    expect((await typesOf(id)).filter((type) => type === 'preview')).toHaveLength(1);
  });

  test('a job that has ended, is not there, or is not planned yet has none', async () => {
    const ended = await planned();
    await dismissJob(db, ended);
    const waiting = (await world.submit(request())).id;
    for (const id of [ended, waiting, '11111111-1111-4111-8111-111111111111']) {
      expect(await inferHandler(world.infer)({ previewOf: id }, never)).toBe('done');
      expect(await previewOf(id)).toBeNull();
    }
  });

  describe('what goes wrong with it is logged and nothing else', () => {
    const reading = (read: ReturnType<WorkWorld['infer']['previewReader']>, limit = 1) =>
      inferHandler({ ...world.infer, previewReader: () => read, previewSeconds: { limit, check: 0.1 } });
    const stuck = (_asset: unknown, _window: unknown, signal?: AbortSignal) =>
      new Promise<never>((_, reject) => signal!.addEventListener('abort', () => reject(signal!.reason)));
    const running = async (id: string) =>
      (await db.selectFrom('jobs').select(['state', 'phase']).where('id', '=', id).executeTakeFirstOrThrow()).state;

    test('a source that never answers: given up at its limit', async () => {
      const id = await planned();
      const began = performance.now();
      expect(await reading(stuck)({ previewOf: id }, never)).toBe('done');
      expect(performance.now() - began).toBeLessThan(3000);
      expect(world.logged.find(({ message }) => message === 'Preview:Failed')).toMatchObject({ jobs: [id] });
      expect([await previewOf(id), await running(id)]).toEqual([null, 'running']);
    });

    test('a job that is cancelled meanwhile: at once', async () => {
      const id = await planned();
      const work = inferHandler({ ...world.infer, previewReader: () => stuck })({ previewOf: id }, never);
      await dismissJob(db, id);
      const began = performance.now();
      expect(await work).toBe('done');
      expect(performance.now() - began).toBeLessThan(3000);
      expect(await typesOf(id)).not.toContain('preview');
    });

    test('a scene that is broken costs that scene, a source without any the preview', async () => {
      const id = await planned();
      const read = world.infer.previewReader(world.infer.sources[0]);
      let bad = '';
      const flaky: typeof read = (asset, ...rest) => {
        bad ||= dirname(asset.href);
        return asset.href.startsWith(bad) ? Promise.reject(new Error('broken')) : read(asset, ...rest);
      };
      await reading(flaky, 30)({ previewOf: id }, never);
      expect(world.logged.find(({ message }) => message === 'Preview:Unread')).toMatchObject({ files: 1 });
      expect(await previewOf(id)).not.toBeNull();
      const other = await planned();
      await reading(() => Promise.reject(new Error('broken')))({ previewOf: other }, never);
      expect([await previewOf(other), await running(other)]).toEqual([null, 'running']);
      expect(world.logged.at(-1)).toMatchObject({ message: 'Preview:Dropped' });
    });

    test('a worker that is told to stop hands it back', async () => {
      const id = await planned();
      const stop = new AbortController();
      const work = reading(stuck)({ previewOf: id }, stop.signal);
      setTimeout(() => stop.abort(new Error('stopping')), 200);
      await expect(work).rejects.toThrow('stopping');
      await inferHandler(world.infer)({ previewOf: id }, never);
      expect(await previewOf(id)).not.toBeNull();
    });
  });
});

/** On a machine that has to run everything, `hasGdal` has failed already. */
const tellOfAbsence = () =>
  void process.stdout.write("preview: not compared with the map, Debian's python3-gdal is not installed\n");
