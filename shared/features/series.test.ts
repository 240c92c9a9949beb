import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { fillGaps } from './gap-fill.ts';
import { countPeaks } from './peaks.ts';
import { smoothSeries } from './savitzky-golay.ts';

interface Judged {
  gaps: [given: (number | null)[], filled: number[]][];
  smoothed: [given: number[], smoothed: number[]][];
  peaks: [values: number[], threshold: number, count: number][];
}
const judged: Judged = JSON.parse(
  readFileSync(new URL('../testing/fixtures/features/series.json', import.meta.url), 'utf8'),
);

const close = (actual: ArrayLike<number>, expected: number[]) =>
  expected.forEach((value, t) => expect(Math.abs(actual[t] - value), `t = ${t}`).toBeLessThan(1e-12));

test.each(judged.gaps.map(([given, filled]) => [given.filter((v) => v !== null).length, given, filled] as const))(
  '%d present dekads are interpolated as NumPy does',
  (count, given, filled) => {
    // What a missing dekad holds is rubbish from the pixel before.
    const series = Float64Array.from(given, (value) => value ?? 999);
    const present = new Uint8Array(27);
    present.set([...given.keys()].filter((t) => given[t] !== null));
    fillGaps(series, present, count);
    close(series, filled);
  },
);

test.each(judged.smoothed.map(([given, smoothed]) => [given.length, given, smoothed] as const))(
  'a series of %d is smoothed as SciPy does',
  (length, given, smoothed) => {
    const series = Float64Array.from(given);
    smoothSeries(series, new Float64Array(length));
    close(series, smoothed);
  },
);

describe('peaks are counted as SciPy counts them', () => {
  test('in every series', () => {
    const wrong = judged.peaks.filter(([values, threshold, count]) => {
      return countPeaks(Float64Array.from(values), threshold) !== count;
    });
    expect(wrong).toEqual([]);
  });
  test('of which many have several and some have none', () => {
    const counts = judged.peaks.map(([, , count]) => count);
    expect(Math.max(...counts)).toBeGreaterThan(5);
    expect(counts.filter((count) => count === 0).length).toBeGreaterThan(10);
  });
});
