import { expect, test } from 'vitest';
import { ClassCounts, countValues } from './class-counts.ts';

test('bytes are counted by value up to the largest, floats by whether they are numbers', () => {
  expect(countValues(Uint8Array.of(0, 2, 2, 5, 0, 2))).toEqual([2, 0, 3, 0, 0, 1]);
  expect(countValues(new Uint8Array(4))).toEqual([4]);
  expect(countValues(new Uint8Array(3).fill(255))).toHaveLength(256);
  expect(countValues(Float32Array.of(NaN, 0, -1, Infinity))).toEqual([1, 3]);
});

test('chunks add up: pixels by class, confidence in percent, what is not a class of the model left out', () => {
  const counts = new ClassCounts(3);
  expect([counts.valid, counts.confidenceSum]).toEqual([0, 0]);
  const bands = (classes: number[], confidence: number[]) =>
    [classes, confidence].map((values) => ({ counts: countValues(Uint8Array.from(values)) }));
  counts.add(bands([0, 1, 1, 3], [0, 40, 100, 7]));
  counts.add(bands([0, 0, 0, 0], [0, 0, 0, 0]));
  counts.add(bands([2, 2, 3, 3], [1, 2, 3, 4]));
  expect(counts.pixels).toEqual([0, 2, 2, 3]);
  expect([counts.valid, counts.confidenceSum]).toEqual([7, 157]);
});
