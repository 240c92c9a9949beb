import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { dekadIndex, seasonByName, seasonDekads, seasonWindow } from '#shared/domain/season.ts';
import { assetReader } from '#shared/mapping/asset-reader.ts';
import { taskScene } from '#shared/mapping/task-scene.ts';
import { sourceOpener } from '#shared/raster/open-source.ts';
import { nodeStacIo } from '#shared/stac/io.ts';
import { searchScenes } from '#shared/stac/search-scenes.ts';
import { groupObservations, selectScenes } from '#shared/stac/select-scenes.ts';
import { hasScipy, judgeSeason, type JudgedSeason } from '#shared/testing/fixtures/features/scipy.ts';
import { readObservation } from '#shared/testing/read-observation.ts';
import { compositeDekad, type Observation } from './composite.ts';
import { featureCount, featureNames } from './feature-names.ts';
import { featuresOf } from './features.ts';
import { compositeLength } from './spectral-index.ts';

const pack = new URL('../../samples/season-flanders-2019', import.meta.url).pathname;
/** All the pixels of the pack. */
const window = { epsg: 32631, originX: 574680, originY: 5622440, pixelSize: 10, width: 64, height: 64 };
const pixels = window.width * window.height;
const integers = ['ndvi_peak_t', 'ndvi_sos_t', 'ndvi_eos_t', 'ndvi_los', 'ndvi_n_peaks', 'ndre_ndvi_peak_lag'];
const deciding = 1e-5;

/** The pack's composites by the product's own way from catalog to reflectance. */
async function composeSeason(seasonName: string, year: number): Promise<{ composites: Float32Array; dates: number }> {
  const season = seasonByName(seasonName);
  const query = { bbox: [4.0585, 50.7431, 4.0676, 50.7489] as [number, number, number, number] };
  const found = await searchScenes(
    pack,
    { ...query, ...seasonWindow(season, year), collection: undefined },
    nodeStacIo(),
    AbortSignal.timeout(60_000),
  );
  const read = assetReader(sourceOpener({}));
  const positions = Int32Array.from({ length: pixels }, (_, at) => at);
  const dekads: Observation[][] = Array.from({ length: seasonDekads }, () => []);
  for (const group of groupObservations(selectScenes(found.scenes).scenes)) {
    const scenes = await Promise.all(group.map((scene) => taskScene(scene, async () => null)));
    const dekad = dekadIndex(season, year, scenes[0].datetime)!;
    dekads[dekad].push(await readObservation(scenes, window, positions, read));
  }
  const composites = new Float32Array(pixels * compositeLength).fill(NaN);
  dekads.forEach((observations, dekad) => compositeDekad(observations, composites, dekad));
  return { composites, dates: dekads.flat().length };
}

/** Largest difference of the values; infinite where only one of them is missing. */
function largestDifference(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  expect(actual.length).toBe(expected.length);
  let worst = 0;
  for (let i = 0; i < actual.length; i++) {
    if (Number.isNaN(actual[i]) && Number.isNaN(expected[i])) continue;
    const difference = Math.abs(actual[i] - expected[i]);
    worst = Math.max(worst, Number.isNaN(difference) ? Infinity : difference);
  }
  return worst;
}

const column = (values: ArrayLike<number>, feature: number) =>
  Array.from({ length: pixels }, (_, pixel) => values[pixel * featureCount + feature]);

const available = hasScipy();
const title = available ? '' : " (skipped: Debian's python3-gdal, python3-numpy and python3-scipy are not installed)";

describe.skipIf(!available).each([
  ['northern-summer', 2019, 3],
  ['southern-summer', 2018, 9],
])(`%s %d of the demo agrees with GDAL, NumPy and SciPy${title}`, (name, year, firstMonth) => {
  const folder = mkdtempSync(join(tmpdir(), 'season-'));
  let truth: JudgedSeason;
  let composites: Float32Array;
  let dates: number;
  let features: Float32Array;

  beforeAll(async () => {
    truth = judgeSeason(pack, firstMonth, year, folder);
    ({ composites, dates } = await composeSeason(name, year));
    features = featuresOf(composites);
  }, 120_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test('composites: all pixels, all dates, medians of reflectance', () => {
    expect([pixels, dates]).toEqual([truth.pixels, truth.dates]);
    expect(largestDifference(composites, truth.composites)).toBeLessThan(1e-6);
    expect(truth.composites.filter(Number.isNaN).length).toBeGreaterThan(0);
  });

  /** Pixels on which a whole-numbered feature is another. */
  const differing = (feature: string): number[] => {
    const at = featureNames.indexOf(feature);
    const [actual, expected] = [column(features, at), column(truth.features, at)];
    return [...actual.keys()].filter(
      (pixel) => !Object.is(actual[pixel], expected[pixel]) && actual[pixel] !== expected[pixel],
    );
  };

  test.each(integers)('%s: the same but for near ties on at most 0.1 % of the pixels', (feature) => {
    const pixelsThatDiffer = differing(feature);
    const margins = pixelsThatDiffer.map((pixel) => truth.margins[pixel * integers.length + integers.indexOf(feature)]);
    expect(Math.max(0, ...margins)).toBeLessThanOrEqual(deciding);
    expect(pixelsThatDiffer.length).toBeLessThanOrEqual(pixels / 1000);
  });

  test('the other 45: within 1e-4', () => {
    const undecided = new Set(integers.flatMap(differing));
    const decided = (values: number[]) => values.filter((_, pixel) => !undecided.has(pixel));
    const wrong = featureNames.flatMap((feature, at) => {
      const worst = largestDifference(decided(column(features, at)), decided(column(truth.features, at)));
      return worst <= 1e-4 ? [] : [`${feature}: ${worst}`];
    });
    expect(wrong).toEqual([]);
  });
});
