import { describe, expect, test } from 'vitest';
import { selectionNetwork } from './smoothing-network.ts';

const ones = (count: number, length: number) => Array.from({ length }, (_, i) => (i < count ? 1 : 0));

/** What a network makes of two lists; a value that nobody wants is none. */
function select(first: number[], second: number[], certain: number, kept: number) {
  const network = selectionNetwork(first.length, second.length, certain, kept);
  const held = [...first, ...second];
  for (const { high, low, wantsHigh, wantsLow } of network.exchanges) {
    const pair = [held[high], held[low]];
    held[high] = wantsHigh ? Math.max(...pair) : NaN;
    held[low] = wantsLow ? Math.min(...pair) : NaN;
  }
  const at = (position: number) => held[position];
  return { certain: network.certain.map(at), ranked: network.ranked.map(at), size: network.exchanges.length };
}

const ordered = (values: readonly number[]) => values.toSorted((a, b) => b - a);

// By the zero-one principle a network that is right for zeros and ones is right for everything.
describe('from two lists of zeros and ones', () => {
  test.each([
    [14, 14, 4, 25],
    [21, 14, 14, 21],
    [14, 0, 3, 9],
    [0, 0, 0, 0],
    [10, 10, 0, 20],
    [10, 10, 20, 20],
    [1, 14, 0, 1],
    [5, 3, 2, 2],
  ])('%i and %i: the %i highest and what follows up to rank %i', (first, second, certain, kept) => {
    for (let a = 0; a <= first; a++)
      for (let b = 0; b <= second; b++) {
        const found = select(ones(a, first), ones(b, second), certain, kept);
        const all = ones(a + b, first + second);
        expect(ordered(found.certain)).toEqual(all.slice(0, certain));
        expect(found.ranked).toEqual(all.slice(certain, kept));
      }
  });

  test('what needs no order is not compared', () => {
    const [some, all] = [select(ones(9, 21), ones(9, 14), 14, 21), select(ones(9, 21), ones(9, 14), 0, 35)];
    expect(some.size).toBeLessThan(0.65 * all.size);
    expect(select([3, 2], [1], 3, 3).size).toBe(0);
  });
});
