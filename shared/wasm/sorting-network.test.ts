import { describe, expect, test } from 'vitest';
import { mergeNetwork, sortingNetwork, type Comparison } from './sorting-network.ts';

describe('networks put zeros and ones in order, and so everything', () => {
  const apply = (values: number[], comparisons: readonly Comparison[]) => {
    for (const [a, b] of comparisons) if (values[a] < values[b]) [values[a], values[b]] = [values[b], values[a]];
    return values;
  };
  const isDescending = (values: number[]) => values.every((value, i) => i === 0 || values[i - 1] >= value);
  const ones = (count: number, length: number) => Array.from({ length }, (_, i) => (i < count ? 1 : 0));

  test.each([1, 2, 3, 5, 7, 9, 13])('all inputs of a sort of %i', (length) => {
    for (let bits = 0; bits < 2 ** length; bits++) {
      const values = Array.from({ length }, (_, i) => (bits >> i) & 1);
      expect(isDescending(apply(values, sortingNetwork(length)))).toBe(true);
    }
  });

  test.each([
    [1, 0],
    [2, 1],
    [3, 3],
    [5, 5],
    [7, 7],
    [14, 7],
    [14, 14],
    [12, 3],
  ])('all inputs of a merge of %i and %i', (first, second) => {
    const { comparisons, order } = mergeNetwork(first, second);
    for (let a = 0; a <= first; a++)
      for (let b = 0; b <= second; b++) {
        const values = apply([...ones(a, first), ...ones(b, second)], comparisons);
        expect(isDescending(order.map((position) => values[position]))).toBe(true);
      }
  });
});
