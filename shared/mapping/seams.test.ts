import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { aoiOfGeojson } from '#shared/domain/geojson-aoi.ts';
import type { Aoi } from '#shared/domain/aoi.ts';
import { pixelSize, type GridWindow } from '#shared/domain/grid.ts';
import { featureSet } from '#shared/features/feature-names.ts';
import { classify } from '#shared/model/classify.ts';
import { loadEnsemble } from '#shared/model/load-ensemble.ts';
import { findModel } from '#shared/model/model-folder.ts';
import { haloOf, smoothProbabilities } from '#shared/model/smoothing.ts';
import { fileSource } from '#shared/raster/file-source.ts';
import { sourceOpener } from '#shared/raster/open-source.ts';
import { openRaster } from '#shared/raster/raster.ts';
import { nodeStacIo } from '#shared/stac/io.ts';
import { searchScenes } from '#shared/stac/search-scenes.ts';
import { madeSeason } from '#shared/testing/made-season.ts';
import { mustRun } from '#shared/testing/run-cli.ts';
import { innerCorners, writeSquares } from '#shared/testing/season-areas.ts';
import { tinyHome, workFolder } from '#shared/testing/work-folder.ts';
import { assetReader } from './asset-reader.ts';
import type { ChunkTask } from './chunk-task.ts';
import { computeFeatures } from './compute-features.ts';
import { planJob } from './plan.ts';
import { Stopwatch } from './stopwatch.ts';

const folder = workFolder('seams');
const home = tinyHome(folder);
const half = 300;
const signal = new AbortController().signal;
let season: string;
let area: string;

beforeAll(async () => {
  season = (await madeSeason(3, 2, 10)).out;
  area = writeSquares(join(folder, 'wide.geojson'), innerCorners, half);
  await map(area, 'wide');
}, 180_000);

async function map(aoi: string, name: string): Promise<string> {
  const options = ['--year', '2019', '--season', 'northern-summer', '--model', 'tiny', '--workers', '2'];
  await mustRun(['map', '--stac', season, '--aoi', aoi, ...options, '--out', join(folder, name)], { home });
  return join(folder, name, 'map.tif');
}

const squareWindow = ([x, y]: readonly [number, number], metres: number): GridWindow => {
  const side = (2 * metres) / pixelSize;
  return { epsg: 32631, originX: x - metres, originY: y + metres, pixelSize, width: side, height: side };
};

/** Class and confidence of a window as they stand in a map's file. */
async function pixelsOf(path: string, window: GridWindow): Promise<[ArrayLike<number>, ArrayLike<number>]> {
  const raster = await openRaster(fileSource(path));
  const { originX, originY } = raster.transform;
  const at = {
    col: (window.originX - originX) / pixelSize,
    row: (originY - window.originY) / pixelSize,
    width: window.width,
    height: window.height,
  };
  return [await raster.readWindow({ ...at, band: 1 }), await raster.readWindow({ ...at, band: 2 })];
}

/** The job's scenes as one task without chunks: each pass once, as the chunk that saw most of it has it. */
async function wholeTask(aoi: Aoi, model: Awaited<ReturnType<typeof findModel>>['manifest']): Promise<ChunkTask> {
  const request = {
    aoi,
    season: 'northern-summer',
    year: 2019,
    model: 'tiny',
    collection: null,
    onBrokenScene: 'fail',
    acceptOutsideModel: false,
  } as const;
  const search = (query: Parameters<typeof searchScenes>[1]) => searchScenes(season, query, nodeStacIo(), signal);
  const assetSize = async () => null;
  const plan = await planJob({ request, output: 'map', model, today: '2026-01-01', search, assetSize, broken: [] });
  const passes = new Map<string, ChunkTask['observations'][number]>();
  for (const scenes of plan.tasks.flatMap((task) => task.observations)) {
    const key = scenes[0].datetime.slice(0, 16);
    if ((passes.get(key)?.length ?? 0) < scenes.length) passes.set(key, scenes);
  }
  const observations = [...passes].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, scenes]) => scenes);
  return { ...plan.tasks[0], observations };
}

/** Classifies one window in one go: features, ensemble and smoothing know of no chunk. */
async function classifyWindow(window: GridWindow) {
  const { manifest, read } = await findModel('tiny', [join(home, 'models')], featureSet);
  const aoi = aoiOfGeojson(JSON.parse(readFileSync(area, 'utf8')));
  const task = await wholeTask(aoi, manifest);
  const count = window.width * window.height;
  const positions = Int32Array.from({ length: count }, (_, i) => i);
  const pixels = { window, positions, mask: new Uint8Array(count).fill(1), chunkCol: 0, chunkRow: 0 };
  const { features } = await computeFeatures(task, {
    pixels,
    read: assetReader(sourceOpener()),
    onSceneRead: () => {},
    stopwatch: new Stopwatch(),
  });
  const ensemble = await loadEnsemble(read, manifest, featureSet);
  const values = await ensemble.predict(features);
  const plane = { width: window.width, height: window.height, classes: ensemble.classes, values };
  return {
    ...classify(smoothProbabilities(plane, manifest.smoothing!), ensemble.classes),
    halo: haloOf(manifest.smoothing),
  };
}

describe('where chunks meet', () => {
  test.each(innerCorners)(
    'the map round %d, %d is that of one computation without chunks',
    { timeout: 60_000 },
    async (x, y) => {
      const whole = await classifyWindow(squareWindow([x, y], half + 30));
      expect(whole.halo).toBe(3);
      const inner = squareWindow([x, y], half);
      const [classes, confidence] = await pixelsOf(join(folder, 'wide', 'map.tif'), inner);
      const side = inner.width + 6;
      const cut = (plane: Uint8Array) =>
        Array.from(classes, (_, i) => plane[(Math.floor(i / inner.width) + 3) * side + (i % inner.width) + 3]);
      expect(new Set(cut(whole.class)).size).toBeGreaterThan(1);
      expect(Array.from(classes)).toEqual(cut(whole.class));
      expect(Array.from(confidence)).toEqual(cut(whole.confidence));
    },
  );

  test('a smaller area gives the same pixels, its border too', { timeout: 60_000 }, async () => {
    const inside: [number, number] = [innerCorners[0][0] + 40, innerCorners[0][1] - 40];
    const small = await map(writeSquares(join(folder, 'small.geojson'), [inside], 150), 'small');
    const window = squareWindow(inside, 150);
    const [got, wanted] = [await pixelsOf(small, window), await pixelsOf(join(folder, 'wide', 'map.tif'), window)];
    expect(Array.from(got[0])).not.toContain(0);
    expect(got).toEqual(wanted);
  });
});
