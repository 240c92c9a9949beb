import { describe, expect, test } from 'vitest';
import { filledGaps, indexOfBands } from './index-of-bands.ts';
import { profileSeries } from './profile-series.ts';
import type { Pixel } from './pixel-types.ts';

/** Worked by hand from the definitions. */
const bands = { B03: 0.08, B04: 0.05, B05: 0.12, B07: 0.3, B08: 0.35, B11: 0.2 };

describe('an index', () => {
  test.each([
    ['ndvi', 0.75],
    ['ndre', 0.23 / 0.47],
    ['ndmi', 0.15 / 0.55],
    ['ndwi', -0.27 / 0.43],
    ['cire', 1.5],
  ] as const)('%s is what its definition says', (index, value) => {
    expect(indexOfBands(index, bands)).toBeCloseTo(value, 12);
  });

  test('is clipped, is 0 over nothing, and unknown without its bands', () => {
    expect(indexOfBands('cire', { ...bands, B05: 0.001 })).toBe(10);
    expect(indexOfBands('ndvi', { ...bands, B04: 0, B08: 0 })).toBe(0);
    expect(indexOfBands('ndvi', { B08: 0.3 })).toBeNaN();
  });
});

test('gaps are filled along straight lines, the ends are held', () => {
  expect(filledGaps([NaN, 1, NaN, NaN, 4, NaN])).toEqual([1, 1, 2, 3, 4, 4]);
  expect(filledGaps([NaN, NaN])).toEqual([NaN, NaN]);
});

test('a profile keeps apart what was seen, what was filled in and what was hidden', () => {
  const composites = [null, bands, null, { ...bands, B04: 0.35 }];
  const pixel = {
    dekads: composites.map((composite, dekad) => ({
      dekad,
      start: `2021-09-${String(1 + dekad * 7).padStart(2, '0')}`,
      composite,
      filled: composite === null,
      ndvi: 0,
    })),
    scenes: [
      { id: 'a', datetime: '2021-09-09T00:00:00Z', valid: true, reason: null, values: bands },
      { id: 'b', datetime: '2021-09-14T00:00:00Z', valid: false, reason: 'cloud', values: null },
    ],
  } as unknown as Pixel;
  const { composite, filled, seen, hidden } = profileSeries(pixel, 'ndvi');
  const day = Date.UTC(2021, 8, 1) / 1000;
  expect(composite.map(([time]) => (time - day) / 86_400)).toEqual([12, 26]);
  expect(composite[0][1]).toBeCloseTo(0.75);
  expect(filled).toHaveLength(2);
  expect(filled[0].map(([, value]) => value)).toEqual([0.75, 0.75].map((value) => expect.closeTo(value, 10)));
  expect(filled[1].map(([, value]) => value)).toEqual([0.75, 0.375, 0].map((value) => expect.closeTo(value, 10)));
  expect(seen).toEqual([[day + 8 * 86_400, expect.closeTo(0.75, 10)]]);
  expect(hidden).toEqual([{ time: day + 13 * 86_400, reason: 'cloud' }]);
});
