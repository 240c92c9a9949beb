import { describe, expect, test } from 'vitest';
import { seasonDekads } from '#shared/domain/season.ts';
import { compositeDekad, type Observation } from './composite.ts';
import { featureCount, featureNames } from './feature-names.ts';
import { featuresOf } from './features.ts';
import { fillGaps } from './gap-fill.ts';
import { plainFeaturesOf } from './plain-features.ts';
import { smoothSeries } from './savitzky-golay.ts';
import { runsOf } from './pixel-runs.ts';
import { reservePasses, seasonFeatures, type Pass } from './season-features.ts';
import { SeasonMedians } from './season-medians.ts';
import { compositeLength, emptyIndexSeries, indicesOfPixel } from './spectral-index.ts';

/** A small generator: 0 <= x < 1. */
function dice(seed: number): () => number {
  let state = seed;
  return () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32;
}

type Reflectance = (band: number, t: number, next: () => number) => number;
const dekads = Array.from({ length: seasonDekads }, (_, t) => t);

/** So many pixels whose dekads are there where `isPresent` says so. */
function composites(pixels: number, isPresent: (t: number, next: () => number) => boolean, value: Reflectance) {
  const next = dice(pixels + 1);
  const out = new Float32Array(pixels * compositeLength).fill(NaN);
  for (let at = 0; at < out.length; at += compositeLength)
    for (const t of dekads)
      if (isPresent(t, next))
        for (let band = 0; band < 6; band++) out[at + band * seasonDekads + t] = value(band, t, next);
  return out;
}

/** NDVI as the features see it. */
function ndviOf(block: Float32Array, pixel: number): Float64Array {
  const [series, present] = [emptyIndexSeries(), new Uint8Array(seasonDekads)];
  fillGaps(series.ndvi, present, indicesOfPixel(block, pixel * compositeLength, series, present));
  smoothSeries(series.ndvi, new Float64Array(seasonDekads));
  return series.ndvi;
}

const place = (name: string) => featureNames.indexOf(name);
/** Features that hang on comparisons. */
const decided = ['peak_t', 'sos_t', 'eos_t', 'los', 'auc', 'rog', 'ros', 'n_peaks', 'asym'].map(
  (name) => `ndvi_${name}`,
);
const undecided = new Set([...decided, 'ndre_ndvi_peak_lag'].map(place));

/** Pixels, of which in at most `allowed` a comparison may go the other way. */
function expectSame(block: Float32Array, allowed: number): void {
  const [fast, plain] = [featuresOf(block), plainFeaturesOf(block)];
  expect(fast.length).toBe(plain.length);
  const others = new Set<number>();
  for (let i = 0; i < fast.length; i++) {
    const isClose = Math.abs(fast[i] - plain[i]) <= 1e-5 * Math.max(1, Math.abs(plain[i]));
    if (isClose || (Number.isNaN(fast[i]) && Number.isNaN(plain[i]))) continue;
    const [pixel, feature] = [Math.floor(i / featureCount), i % featureCount];
    if (!undecided.has(feature)) expect.fail(`${featureNames[feature]}: ${fast[i]} is not ${plain[i]}`);
    others.add(pixel);
  }
  expect(others.size).toBeLessThanOrEqual(allowed);
  for (const pixel of others) {
    const v = ndviOf(block, pixel);
    const peak = fast[pixel * featureCount + place('ndvi_peak_t')];
    expect(Math.max(...v) - v[peak]).toBeLessThan(1e-5);
  }
}

describe('the kernel gives what the plain version gives', () => {
  const noise: Reflectance = (_, __, next) => 0.01 + 0.6 * next();
  const always = () => true;
  const crop: Reflectance = (band, t, next) =>
    0.05 + 0.02 * next() + (band > 2 ? 0.3 * Math.exp(-(((t - 14) / 5) ** 2)) : 0.05);

  test.each([
    ['noise without gaps', 2500, always, noise],
    ['noise with gaps', 2500, (_: number, next: () => number) => next() < 0.5, noise],
    ['a few dekads only', 2500, (_: number, next: () => number) => next() < 0.12, noise],
    ['crops with gaps', 2500, (_: number, next: () => number) => next() < 0.6, crop],
    ['gaps at both ends', 50, (t: number) => t > 8 && t < 19, crop],
    ['the first three dekads', 50, (t: number) => t < 3, noise],
    ['the first, the middle and the last', 50, (t: number) => t % 13 === 0, noise],
    ['reflectances below zero and near it', 2500, always, (_b: number, _t: number, next: () => number) => next() - 0.5],
    ['nothing at all', 9, () => false, noise],
    ['one dekad', 9, (t: number) => t === 5, noise],
    ['two dekads', 9, (t: number) => t === 5 || t === 20, noise],
  ])('%s', (_name, pixels, isPresent, value) => {
    expectSame(composites(pixels, isPresent, value), Math.ceil(pixels / 1000));
  });

  test('values that make no quotient, or are as dark or as bright as can be', () => {
    const odd = [0, 1e-7, -1e-7, 3e-6, 1, 65535, 1e-38];
    const any: Reflectance = (_b, _t, next) => odd[Math.floor(odd.length * next())];
    const block = composites(500, () => true, any);
    const [fast, plain] = [featuresOf(block), plainFeaturesOf(block)];
    const profile = (values: Float32Array) => values.filter((_, i) => i % featureCount < 37);
    const expected = profile(plain);
    const worst = profile(fast).reduce((most, value, i) => Math.max(most, Math.abs(value - expected[i])), 0);
    expect(worst).toBeLessThan(1e-5);
  });

  test('series of one value: no peak, no amplitude, means of that value', () => {
    const block = composites(
      16,
      (_, next) => next() < 0.8,
      (band) => 0.1 + 0.05 * band,
    );
    const fast = featuresOf(block);
    const ndvi = (0.3 - 0.15) / (0.3 + 0.15);
    for (let at = 0; at < fast.length; at += featureCount) {
      for (let month = 0; month < 9; month++) expect(fast[at + month]).toBeCloseTo(ndvi, 6);
      for (const name of ['ndvi_std', 'ndvi_amp', 'ndvi_h_rmse']) expect(fast[at + place(name)]).toBeCloseTo(0, 6);
      expect(fast[at + place('ndvi_n_peaks')]).toBe(0);
    }
  });

  /** Pixels with such an NDVI each, and all of their dekads. */
  const ofNdvi = (series: (pixel: number, t: number) => number) => {
    const out = composites(40, always, () => 0.4);
    for (let pixel = 0; pixel < 40; pixel++)
      for (const t of dekads) {
        const v = series(pixel, t);
        out[pixel * compositeLength + seasonDekads + t] = (0.4 * (1 - v)) / (1 + v);
      }
    return out;
  };

  test('series of which two harmonics leave next to nothing', () => {
    const turn = (2 * Math.PI) / seasonDekads;
    const block = ofNdvi((pixel, t) => 0.3 + 0.3 * Math.cos(turn * (t - pixel)) + (pixel % 8) * 1e-3 * Math.sin(t * t));
    const plain = plainFeaturesOf(block);
    const part = (pixel: number) =>
      plain[pixel * featureCount + place('ndvi_h_rmse')] / plain[pixel * featureCount + place('ndvi_std')];
    expect(part(0)).toBeLessThan(1 / 64);
    expect(part(7)).toBeLessThan(1 / 16);
    expectSame(block, 0);
  });

  test('peaks of the very same height, with a valley between them or none', () => {
    const shallow = [0.8, 0.78, 0.76, 0.78];
    const block = ofNdvi((pixel, t) => (t < 3 || t > 22 + (pixel % 4) ? 0.1 : shallow[(t + pixel) % 4]));
    const plain = plainFeaturesOf(block);
    const counts = Array.from({ length: 40 }, (_, pixel) => plain[pixel * featureCount + place('ndvi_n_peaks')]);
    expect(Math.max(...counts)).toBeGreaterThan(1);
    const fast = featuresOf(block);
    counts.forEach((count, pixel) => expect(fast[pixel * featureCount + place('ndvi_n_peaks')]).toBe(count));
  });

  test('a pixel has the same bits wherever it stands and whatever is beside it', () => {
    const block = composites(21, (_, next) => next() < 0.5, noise);
    const all = featuresOf(block);
    for (let pixel = 0; pixel < 21; pixel++)
      expect(featuresOf(block.slice(pixel * compositeLength, (pixel + 1) * compositeLength))).toEqual(
        all.slice(pixel * featureCount, (pixel + 1) * featureCount),
      );
  });
});

describe('from digital numbers', () => {
  const scaling = (offset: number) => Array.from({ length: 6 }, () => ({ scale: 0.0001, offset }));

  /** Passes of which a third of the pixels is hidden by their class or has a band without data. */
  function passes(seed: number, pixels: number, count: number, offsets: readonly number[], brightest = 20_000): Pass[] {
    const next = dice(seed);
    return Array.from({ length: count }, (_, i) => ({
      numbers: Array.from({ length: 6 }, () =>
        Uint16Array.from({ length: pixels }, () => (next() < 0.05 ? 0 : 1100 + (brightest - 1100) * next() ** 4)),
      ),
      classes: Uint8Array.from({ length: pixels }, () => Math.floor((next() < 0.9 ? 13 : 256) * next())),
      scaling: scaling(offsets[i % offsets.length]),
    }));
  }

  const hidden = new Set([0, 1, 3, 8, 9, 10, 11]);
  const observationOf = ({ numbers, classes, scaling: scalings }: Pass): Observation => ({
    bands: numbers.map((plane, band) =>
      Float32Array.from(plane, (number, pixel) => {
        const isSeen = !hidden.has(classes[pixel]) && numbers.every((each) => each[pixel] !== 0);
        return isSeen ? number * scalings[band].scale + scalings[band].offset : NaN;
      }),
    ),
  });

  test.each([
    ['none to twelve passes in a dekad', [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12], [0], 32_700],
    ['digital numbers of which two are too many for 16 bits', [0, 1, 2, 3, 4, 5], [0], 65_500],
    ['more passes than the networks are for', [2, 14], [-0.1], 20_000],
    ['passes that are scaled differently', [1, 2, 3], [0, -0.1], 20_000],
  ])('%s: composites are medians of what is valid', (_name, counts, offsets, brightest) => {
    const pixels = 2100;
    const season = dekads.map((t) => passes(t, pixels, counts[t % counts.length], offsets, brightest));
    const block = new Float32Array(pixels * compositeLength);
    season.forEach((each, t) => compositeDekad(each.map(observationOf), block, t));
    const [fast, plain] = [seasonFeatures(season, pixels), plainFeaturesOf(block)];
    const others = new Set<number>();
    for (let i = 0; i < plain.length; i++) {
      if (Number.isNaN(fast[i]) && Number.isNaN(plain[i])) continue;
      if (Math.abs(fast[i] - plain[i]) <= 2e-5) continue;
      expect(undecided.has(i % featureCount), `${featureNames[i % featureCount]}: ${fast[i]}, ${plain[i]}`).toBe(true);
      others.add(Math.floor(i / featureCount));
    }
    expect(others.size).toBeLessThanOrEqual(3);
  });

  test('what the kernel does not take gives the same bits, and so do the pixels beside it', () => {
    const pixels = 2100;
    const season = dekads.map((t) => passes(t, pixels, 1 + (t % 4), [-0.1]));
    const all = seasonFeatures(season, pixels);
    const wide = season.map((each) =>
      each.map((pass) => ({ ...pass, numbers: pass.numbers.map((n) => Int32Array.from(n)) })),
    );
    expect(seasonFeatures(wide, pixels)).toEqual(all);
    for (const dekad of [2, 9]) for (const pass of season[dekad]) (pass.numbers[3] as Uint16Array)[5] = 65_000;
    const bright = seasonFeatures(season, pixels);
    expect(bright.subarray(0, 5 * featureCount)).toEqual(all.subarray(0, 5 * featureCount));
    expect(bright.subarray(6 * featureCount)).toEqual(all.subarray(6 * featureCount));
    expect(bright.subarray(5 * featureCount, 6 * featureCount)).not.toEqual(
      all.subarray(5 * featureCount, 6 * featureCount),
    );
  });

  test('a season taken dekad by dekad, of chosen pixels, gives the same', () => {
    const [pixels, chosen] = [5000, Int32Array.from({ length: 3000 }, (_, i) => i + 700 * Math.floor(i / 1000))];
    const season = dekads.map((t) => passes(t, pixels, t % 4, [0]));
    const all = seasonFeatures(season, pixels);
    const medians = new SeasonMedians(chosen.length);
    season.forEach((each, dekad) => medians.add(dekad, each, runsOf(chosen)));
    const features = medians.features(0, chosen.length);
    chosen.forEach((place, pixel) =>
      expect(features.subarray(pixel * featureCount, (pixel + 1) * featureCount)).toEqual(
        all.subarray(place * featureCount, (place + 1) * featureCount),
      ),
    );
    expect(medians.features(2048, 10)).toEqual(features.slice(2048 * featureCount, 2058 * featureCount));
  });

  test('planes that are read where they lie give the same', () => {
    const pixels = 2077;
    const season = dekads.map((t) => passes(t, pixels, t % 4, [0]));
    const { kernel, planes } = reservePasses(pixels, season.flat().length);
    const reserved = season.map((each) =>
      each.map(({ numbers, classes, scaling: scalings }) => {
        const plane = planes.pop()!;
        plane.numbers.forEach((to, band) => to.set(numbers[band]));
        plane.classes.set(classes);
        return { ...plane, scaling: scalings };
      }),
    );
    expect(seasonFeatures(reserved, pixels, kernel)).toEqual(seasonFeatures(season, pixels));
  });

  test('a season of another length is refused', () => {
    expect(() => seasonFeatures([], 1)).toThrow('27 dekads');
  });
});
