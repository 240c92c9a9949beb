import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { aoiMask } from '#shared/domain/aoi-mask.ts';
import type { Aoi } from '#shared/domain/aoi.ts';
import { chunkMetres, chunksExtent, chunkWindow } from '#shared/domain/grid.ts';
import type { Position } from '#shared/domain/ring.ts';
import { fromUtm } from '#shared/domain/utm.ts';
import { directoryStore } from '#shared/storage/directory-store.ts';
import { workFolder } from '#shared/testing/work-folder.ts';
import { chunksWithPixels } from './chunks-with-pixels.ts';
import type { PartRecord } from './part-record.ts';
import { encodePart, rasterForm } from './part.ts';
import { publishMap } from './publish-map.ts';
import type { StitchPlan } from './stitch-plan.ts';
import { storePart } from './stored-part.ts';
import { writeParcels } from './write-parcels.ts';

const work = workFolder('publish');
const utm31 = { zone: 31, north: true };
const model = { name: 'm', version: '1.0.0', title: 'M', classes: [{ name: 'a', title: 'A', color: '#112233' }] };
const facts = { source: 's', collection: null, version: '1', commit: 'c', created: '2026-01-01T00:00:00Z' };
const run = { outsideModel: false, reused: 0, workers: 1, peakMemoryBytes: { main: 1, worker: 1 } };

/** Publishes a map of an area whose every pixel is of the same class, with its parcels. */
async function published(aoi: Aoi) {
  const store = directoryStore(mkdtempSync(join(work, 'map-')));
  const chunks = await chunksWithPixels(aoi);
  const tasks = chunks.map(({ chunk, maskId }) => ({ chunk, key: maskId }));
  const extent = chunksExtent(tasks.map(({ chunk }) => chunk));
  const request = { aoi, season: 'northern-summer', year: 2019, onBrokenScene: 'fail' };
  const aoiPixels = chunks.reduce((sum, { pixels }) => sum + pixels, 0);
  const plan = { output: 'map', extent, tasks, model, request, aoiPixels, scenes: [], skipped: [] };
  const records = new Map<string, PartRecord>();
  for (const { chunk, key } of tasks) {
    const mask = aoiMask(aoi, chunkWindow(chunk)) as Uint8Array<ArrayBuffer>;
    const { bytes, tiles } = await encodePart(
      chunk,
      [mask, mask.map((one) => 80 * one)],
      rasterForm('map', model as never),
    );
    const record = { tiles, scenes: [], computedPixels: 0, seconds: {} };
    await storePart(store, key, bytes, record);
    records.set(key, record);
  }
  const [job, seconds] = [plan as unknown as StitchPlan, { plan: 0, compute: 0 }];
  const report = await publishMap({
    plan: job,
    records,
    parts: store,
    results: store,
    prefix: 'r/',
    facts: { ...facts, ...run, seconds },
  });
  const [map, to] = ['r/map.tif', 'r/parcels.geojson'];
  await writeParcels({ store, map, to, aoi, extent, names: new Map(), pause: async () => {} });
  const { features } = JSON.parse(Buffer.from((await store.get(to))!).toString());
  const hectares = features.reduce(
    (sum: number, each: { properties: { hectares: number } }) => sum + each.properties.hectares,
    0,
  );
  const png = Buffer.from((await store.get('r/map.png'))!);
  return { report, aoiPixels, hectares, picture: [png.readUInt32BE(16), png.readUInt32BE(20)] };
}

const [west, south] = [112 * chunkMetres, 1099 * chunkMetres];
const place = (x: number, y: number): Position => fromUtm(utm31, x, y) as Position;
const square = (x: number, y: number, side: number): Position[][] => [
  [place(x, y), place(x + side, y), place(x + side, y + side), place(x, y + side), place(x, y)],
];

test('an area that reaches over a chunk line without a pixel there is published whole', async () => {
  const [lon, lat] = place(west + 297, south + 2503);
  const { report, aoiPixels, hectares, picture } = await published({ type: 'circle', lon, lat, radiusM: 300 });
  expect(report.grid).toMatchObject({ width: 512, height: 512, bounds: [west, south, west + 5120, south + 5120] });
  expect(report.pixels).toMatchObject({ valid: aoiPixels });
  // West of the line are 3 m without a pixel's centre.
  expect(picture[0] / picture[1]).toBeCloseTo(60 / 61, 9);
  expect(hectares).toBeCloseTo(aoiPixels / 100, 1);
});

test('a field of its own chunks that is too small for a pixel does not enlarge the picture', async () => {
  const polygons = [square(west + 1002, south + 1002, 196), square(west - 40_000, south + 30_001, 2)];
  const { report, aoiPixels, hectares, picture } = await published({ type: 'polygons', polygons });
  expect(report.grid).toMatchObject({ width: 512, height: 512 });
  expect(aoiPixels).toBe(20 ** 2);
  // From the map's edges, towards which the small field lies, to the other field's.
  expect(picture).toEqual([120, 412]);
  expect(hectares).toBeCloseTo(aoiPixels / 100, 1);
});
