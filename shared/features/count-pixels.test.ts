import { describe, expect, test } from 'vitest';
import { countPixels, highestImpossible } from './count-pixels.ts';
import type { Pass } from './pass.ts';
import { allPixels, runsOf, type PixelRuns } from './pixel-runs.ts';
import { SeasonMedians } from './season-medians.ts';

/** A small generator: 0 <= x < limit. */
function dice(seed: number): (limit: number) => number {
  let state = seed;
  return (limit) => Math.floor(((state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32) * limit);
}

/** A pass with holes in its bands and all classes there are. */
function passOf(seed: number, pixels: number, offset: number, most = 3000): Pass {
  const next = dice(seed);
  const plane = () => Uint16Array.from({ length: pixels }, () => (next(20) === 0 ? 0 : 1 + next(most)));
  return {
    numbers: Array.from({ length: 6 }, plane),
    classes: Uint8Array.from({ length: pixels }, () => next(14)),
    scaling: Array.from({ length: 6 }, () => ({ scale: 0.0001, offset })),
  };
}

const fast = (passes: readonly Pass[], runs: PixelRuns) => new SeasonMedians(runs.count).addCounted(3, passes, runs);
const plain = (passes: readonly Pass[], runs: PixelRuns) => passes.map((pass) => countPixels(pass, runs));

describe('the kernel counts what the plain version counts', () => {
  test.each([
    [1, 0],
    [7, -0.1],
    [8, -0.1],
    [2047, 0],
    [2048, -0.1],
    [5003, -0.1],
    [4100, 0.3],
  ])('of %d pixels, offset %d', (pixels, offset) => {
    const passes = [1, 2, 3].map((seed) => passOf(seed, pixels, offset));
    const counts = fast(passes, allPixels(pixels));
    expect(counts).toEqual(plain(passes, allPixels(pixels)));
    if (pixels < 2000) return;
    for (const { valid, negative } of counts) {
      expect(valid).toBeGreaterThan(pixels / 5);
      expect(negative > 0).toBe(offset < 0);
      expect(negative).toBeLessThan(valid);
    }
  });

  test('of chosen pixels, block after block', () => {
    const positions = Int32Array.from({ length: 4503 }, (_, i) => i + 37 * Math.floor(i / 90));
    const passes = [4, 5].map((seed) => passOf(seed, 7000, -0.1));
    expect(fast(passes, runsOf(positions))).toEqual(plain(passes, runsOf(positions)));
  });

  test('where the kernel cannot compute the medians', () => {
    const passes = [passOf(6, 3000, -0.1, 65_535), passOf(7, 3000, -0.1)];
    expect(fast(passes, allPixels(3000))).toEqual(plain(passes, allPixels(3000)));
    const differing = [passOf(6, 3000, -0.1), passOf(7, 3000, 0)];
    expect(fast(differing, allPixels(3000))).toEqual(plain(differing, allPixels(3000)));
  });
});

test('a reflectance below -0.02 cannot be', () => {
  const pass = passOf(1, 5, -0.1);
  pass.classes.fill(4);
  pass.numbers.forEach((numbers) => (numbers as Uint16Array).set([790, 810, 900, 0, 5000]));
  expect(countPixels(pass, allPixels(5))).toEqual({ valid: 4, negative: 1 });
  (pass.numbers[5] as Uint16Array)[4] = 1;
  expect(countPixels(pass, allPixels(5))).toEqual({ valid: 4, negative: 2 });
});

test.each([
  [0.0001, 0],
  [0.0001, -0.1],
  [0.00005, -0.3],
  [1, -7.02],
  [0.0001, -9],
])('by scale %d and offset %d the highest digital number that cannot be is the last of all that cannot', (...of) => {
  const [scale, offset] = of;
  const all = Array.from({ length: 65_536 }, (_, number) => number);
  const expected = all.findLast((number) => number * scale + offset < -0.02) ?? 0;
  expect(highestImpossible({ scale, offset })).toBe(expected);
});
