import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { compositeDekad, median, type Observation } from './composite.ts';
import { featureCount } from './feature-names.ts';
import { featuresOf } from './features.ts';
import { compositeLength } from './spectral-index.ts';

const { medians }: { medians: [values: number[], median: number][] } = JSON.parse(
  readFileSync(new URL('../testing/fixtures/features/series.json', import.meta.url), 'utf8'),
);

test.each(medians)("the median of %j is NumPy's", (values, expected) => {
  const padded = Float32Array.from([...values, -999, 999]);
  expect(median(padded, values.length)).toBeCloseTo(expected, 6);
});

/** An observation of the same value in every band but for `band` times a thousandth. */
const seen = (...values: number[]): Observation => ({
  bands: Array.from({ length: 6 }, (_, band) => Float32Array.from(values, (value) => value + band / 1000)),
});

describe('the composite of a dekad', () => {
  test('is per pixel and band the median of what is valid there, and goes to its place', () => {
    const composites = new Float32Array(3 * compositeLength).fill(7);
    const valid = compositeDekad([seen(0.1, NaN, NaN), seen(0.4, 0.2, NaN), seen(0.2, 0.3, NaN)], composites, 5);
    expect(valid).toBe(5);
    for (let band = 0; band < 6; band++) {
      const at = band * 27 + 5;
      expect(composites[at]).toBeCloseTo(0.2 + band / 1000, 6);
      expect(composites[compositeLength + at]).toBeCloseTo(0.25 + band / 1000, 6);
      expect(composites[2 * compositeLength + at]).toBeNaN();
    }
    expect(composites.filter((value) => value === 7).length).toBe(3 * compositeLength - 18);
  });

  test('is missing where nothing was observed', () => {
    const composites = new Float32Array(compositeLength);
    expect(compositeDekad([], composites, 26)).toBe(0);
    expect(composites.filter(Number.isNaN).length).toBe(6);
    expect(composites[26]).toBeNaN();
  });
});

describe('features of a block', () => {
  /** A pixel whose dekads are present as listed. */
  const pixel = (present: number[]) => {
    const composites = new Float32Array(compositeLength).fill(NaN);
    for (const t of present)
      for (let band = 0; band < 6; band++) composites[band * 27 + t] = 0.1 + 0.01 * band + 0.002 * t;
    return composites;
  };
  const block = (...pixels: Float32Array[]) => Float32Array.from(pixels.flatMap((each) => [...each]));

  test('fewer than three dekads are no data; a dekad that lacks one band is not present', () => {
    const lacking = pixel([3, 9, 20]);
    lacking[4 * 27 + 9] = NaN;
    const features = featuresOf(block(pixel([3, 20]), pixel([3, 9, 20]), lacking, pixel([])));
    const isEmpty = [0, 1, 2, 3].map((i) =>
      features.subarray(i * featureCount, (i + 1) * featureCount).every(Number.isNaN),
    );
    expect(isEmpty).toEqual([true, false, true, true]);
    expect(features.subarray(featureCount, 2 * featureCount).some(Number.isNaN)).toBe(false);
  });

  test('of a pixel do not depend on the pixels before it', () => {
    const all = Array.from({ length: 27 }, (_, t) => t);
    const alone = featuresOf(pixel([3, 9, 20]));
    const after = featuresOf(block(pixel(all), pixel([0, 1]), pixel([3, 9, 20])));
    expect(after.subarray(2 * featureCount)).toEqual(alone);
  });

  test('a block that is not whole pixels is refused', () => {
    expect(() => featuresOf(new Float32Array(compositeLength + 1))).toThrow('not whole pixels');
  });
});
