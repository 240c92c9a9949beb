import { describe, expect, test } from 'vitest';
import { peakDemand, recordDemand, type Demand } from './peak-history.ts';

const horizon = 60;

function history(...changes: [at: number, wanted: number][]): Demand[] {
  return changes.reduce<Demand[]>((all, [at, wanted]) => recordDemand(all, at, wanted, horizon), []);
}

describe('the demand of the last window', () => {
  test('nothing was ever wanted', () => expect(peakDemand([], 100, horizon)).toBe(0));

  test('a demand holds until the next, and a window longer', () => {
    const seen = history([0, 1], [10, 0]);
    expect([5, 10, 69, 70].map((now) => peakDemand(seen, now, horizon))).toEqual([1, 1, 1, 0]);
  });

  test('a demand that does not change is not forgotten', () => {
    expect(peakDemand(history([0, 2]), 10_000, horizon)).toBe(2);
  });

  test('after a burst it falls in the steps in which the burst fell', () => {
    const seen = history([0, 1], [5, 4], [10, 2], [20, 0]);
    expect([20, 69, 70, 79, 80].map((now) => peakDemand(seen, now, horizon))).toEqual([4, 4, 2, 2, 0]);
  });

  test('a million changes keep it short', () => {
    let seen: Demand[] = [];
    for (let at = 0; at < 1_000_000; at++) seen = recordDemand(seen, at, at % 3, 1e9);
    expect(seen.length).toBeLessThanOrEqual(3);
    expect(peakDemand(seen, 1_000_000, 1e9)).toBe(2);
  });
});
