import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { Smoothing } from './model-manifest.ts';
import { haloOf, smoothProbabilities, type ProbabilityPlane } from './smoothing.ts';

const fixture = (path: string) => JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8'));

function expectClose(actual: Float32Array, expected: number[]): void {
  expect(actual.length).toBe(expected.length);
  expected.forEach((value, i) => {
    if (Number.isNaN(value)) expect(actual[i]).toBeNaN();
    else expect(Math.abs(actual[i] - value)).toBeLessThanOrEqual(1e-6);
  });
}

describe('the published cases', () => {
  interface Case {
    name: string;
    window: number;
    smoothness: number;
    fraction: number;
    probabilities: (number[] | null)[][];
    expected: (number[] | null)[][];
  }
  const { cases }: { cases: Case[] } = fixture('../testing/fixtures/vectors/smooth-v1.json');

  test.each(cases.map((vector) => [vector.name, vector] as const))('%s', (_name, vector) => {
    const { probabilities, expected, ...settings } = vector;
    const classes = probabilities.flat().find((pixel) => pixel !== null)!.length;
    const flat = (rows: (number[] | null)[][]) => rows.flat().flatMap((pixel) => pixel ?? Array(classes).fill(NaN));
    const plane = { width: probabilities[0].length, height: probabilities.length, classes };
    const actual = smoothProbabilities(
      { ...plane, values: Float32Array.from(flat(probabilities)) },
      { method: 'smooth-v1', ...settings },
    );
    expectClose(actual, flat(expected));
  });
});

describe('NumPy gives the same, at the borders of the rectangle too', () => {
  interface Case {
    width: number;
    height: number;
    classes: number;
    smoothing: Smoothing;
    values: (number | null)[];
    expected: (number | null)[];
  }
  const cases: Case[] = fixture('../testing/fixtures/model/smooth.json');
  const filled = (values: (number | null)[]) => values.map((value) => value ?? NaN);

  test.each(cases.map((each) => [each.width, each.height, each.smoothing.window, each] as const))(
    '%d x %d pixels, window %d',
    (_width, _height, _window, { smoothing, values, expected, ...size }) => {
      const plane = { ...size, values: Float32Array.from(filled(values)) };
      expectClose(smoothProbabilities(plane, smoothing), filled(expected));
    },
  );
});

describe('a chunk with its halo', () => {
  const smoothing: Smoothing = { method: 'smooth-v1', window: 7, smoothness: 20, fraction: 0.5 };
  const classes = 3;

  /** Probabilities from a small generator, with that share of the pixels missing. */
  function plane(width: number, height: number, missing = 1 / 9): ProbabilityPlane {
    let state = 12345;
    const next = () => (state = (state * 1103515245 + 12345) % 2147483648) / 2147483648;
    const values = new Float32Array(width * height * classes);
    for (let at = 0; at < values.length; at += classes) {
      const raw = [next() ** 6, next() ** 6, next() ** 6].map((value) => value + 1e-7);
      const sum = raw.reduce((a, b) => a + b, 0);
      values.set(next() < missing ? [NaN, NaN, NaN] : raw.map((value) => value / sum), at);
    }
    return { width, height, classes, values };
  }

  function cut<T extends Float32Array | Float64Array>(
    values: T,
    stride: number,
    [col, row, width, height]: readonly number[],
  ): number[] {
    return Array.from({ length: height }, (_, y) => {
      const at = ((row + y) * stride + col) * classes;
      return [...values.subarray(at, at + width * classes)];
    }).flat();
  }

  const big = plane(60, 50);
  const whole = smoothProbabilities(big, smoothing);
  const halo = haloOf(smoothing);

  test.each([
    ['in the middle', [20, 15, 16, 16]],
    ['in the corner', [0, 0, 16, 16]],
    ['at the right edge', [44, 20, 16, 12]],
    ['a single pixel', [33, 22, 1, 1]],
  ])('%s has the very bits of the whole', (_name, [col, row, width, height]) => {
    const [left, top] = [Math.max(0, col - halo), Math.max(0, row - halo)];
    const [right, bottom] = [Math.min(big.width, col + width + halo), Math.min(big.height, row + height + halo)];
    const size = { width: right - left, height: bottom - top };
    const values = Float32Array.from(cut(big.values, big.width, [left, top, size.width, size.height]));
    const smoothed = smoothProbabilities({ ...size, classes, values }, smoothing);
    expect(cut(smoothed, size.width, [col - left, row - top, width, height])).toEqual(
      cut(whole, big.width, [col, row, width, height]),
    );
  });

  test.each([0, 1 / 300])(
    'has the very bits of the whole from any row and column on, %d of the pixels missing',
    (missing) => {
      const full = plane(160, 24, missing);
      const smoothed = smoothProbabilities(full, smoothing);
      for (let first = 1; first <= 8; first++) {
        const size = { width: full.width - first, height: full.height - first };
        const values = Float32Array.from(cut(full.values, full.width, [first, first, size.width, size.height]));
        const part = smoothProbabilities({ ...size, classes, values }, smoothing);
        const inner = { width: size.width - halo, height: size.height - halo };
        expect(cut(part, size.width, [halo, halo, inner.width, inner.height])).toEqual(
          cut(smoothed, full.width, [first + halo, first + halo, inner.width, inner.height]),
        );
      }
    },
  );

  test('needs all of its halo', () => {
    const box = [20 - halo + 1, 15 - halo + 1, 16 + 2 * halo - 2, 16 + 2 * halo - 2] as const;
    const values = Float32Array.from(cut(big.values, big.width, box));
    const smoothed = smoothProbabilities({ width: box[2], height: box[3], classes, values }, smoothing);
    expect(cut(smoothed, box[2], [halo - 1, halo - 1, 16, 16])).not.toEqual(cut(whole, big.width, [20, 15, 16, 16]));
  });

  test('is half a window wide, or nothing', () => {
    expect([haloOf(smoothing), haloOf({ ...smoothing, window: 1 }), haloOf(null)]).toEqual([3, 0, 0]);
  });
});
