import { expect, test } from 'vitest';
import { allPixels, runsOf } from './pixel-runs.ts';

const runs = runsOf(Int32Array.of(2, 3, 4, 7, 8, 12));
const listed = (first: number, count: number) => {
  const found: number[][] = [];
  runs.each(first, count, (...run) => found.push(run));
  return found;
};

test('pixels are taken run by run', () => {
  // prettier-ignore
  expect(listed(0, 6)).toEqual([[0, 2, 3], [3, 7, 2], [5, 12, 1]]);
  // prettier-ignore
  expect(listed(1, 3)).toEqual([[1, 3, 2], [3, 7, 1]]);
  expect(listed(5, 1)).toEqual([[5, 12, 1]]);
  expect(listed(4, 0)).toEqual([]);
});

test('neighbours lie where the first of them lies; others do not lie at one place', () => {
  expect([runs.placeOf(0, 3), runs.placeOf(1, 2), runs.placeOf(3, 2), runs.placeOf(5, 1)]).toEqual([2, 3, 7, 12]);
  expect([runs.placeOf(0, 4), runs.placeOf(4, 2)]).toEqual([null, null]);
  expect(allPixels(9).placeOf(4, 5)).toBe(4);
});

test('no pixels are no runs', () => {
  runsOf(new Int32Array()).each(0, 0, () => expect.unreachable());
  allPixels(0).each(0, 0, () => expect.unreachable());
});
