import { expect, test } from 'vitest';
import { classify } from './classify.ts';

const one = (...probabilities: number[]) => {
  const planes = classify(Float64Array.from(probabilities), probabilities.length);
  return [planes.class[0], planes.confidence[0]];
};

test.each([
  ['the most probable class', [0.1, 0.7, 0.2], [2, 70]],
  ['the last class', [0.1, 0.2, 0.7], [3, 70]],
  ['a tie goes to the lower index', [0.2, 0.4, 0.4], [2, 40]],
  ['a tie of all', [0.25, 0.25, 0.25, 0.25], [1, 25]],
  ['a half is rounded up', [0.625, 0.375], [1, 63]],
  ['certainty is 100', [0, 1], [2, 100]],
  ['almost certainty is 100', [0.004, 0.996], [2, 100]],
  ['less is not', [0.006, 0.994], [2, 99]],
  ['confidence is never 0', [0.004, 0.003, 0.002], [1, 1]],
])('%s', (_name, probabilities, expected) => expect(one(...probabilities)).toEqual(expected));

test('a pixel without data is 0 in both planes and moves nothing', () => {
  const planes = classify(Float32Array.from([0.9, 0.1, NaN, NaN, 0.25, 0.75]), 2);
  expect([...planes.class]).toEqual([1, 0, 2]);
  expect([...planes.confidence]).toEqual([90, 0, 75]);
});

test('the 254th class has a value of its own', () => {
  const probabilities = new Float32Array(254);
  probabilities[253] = 0.5;
  expect(classify(probabilities, 254).class[0]).toBe(254);
});
