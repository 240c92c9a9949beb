/** A comparison: afterwards position `a` holds that of the two values which comes first in order, and `b` the other. */
export type Comparison = readonly [a: number, b: number];

/** Comparisons that sort so many values: Batcher's odd-even merge sort for any length. */
export function sortingNetwork(length: number): Comparison[] {
  const pairs: Comparison[] = [];
  for (let p = 1; p < length; p *= 2)
    for (let k = p; k >= 1; k /= 2)
      for (let j = k % p; j + k < length; j += 2 * k)
        for (let i = 0; i < Math.min(k, length - j - k); i++)
          if (Math.floor((i + j) / (2 * p)) === Math.floor((i + j + k) / (2 * p))) pairs.push([i + j, i + j + k]);
  return pairs;
}

/** How two lists, each in order, become one: the comparisons, and where its values then stand in order. */
export interface Merge {
  comparisons: Comparison[];
  order: number[];
}

/**
 * Batcher's odd-even merge of lists of any two lengths (Knuth, The Art of Computer Programming, volume 3, 5.3.4). The
 * positions of the second list follow those of the first.
 */
export function mergeNetwork(first: number, second: number): Merge {
  const comparisons: Comparison[] = [];
  const positions = Array.from({ length: first + second }, (_, i) => i);
  return { comparisons, order: merge(positions.slice(0, first), positions.slice(first), comparisons) };
}

function merge(a: number[], b: number[], out: Comparison[]): number[] {
  if (a.length === 0 || b.length === 0) return [...a, ...b];
  if (a.length === 1 && b.length === 1) {
    out.push([a[0], b[0]]);
    return [a[0], b[0]];
  }
  const every = (list: number[], parity: number) => list.filter((_, i) => i % 2 === parity);
  const even = merge(every(a, 0), every(b, 0), out);
  const odd = merge(every(a, 1), every(b, 1), out);
  const order = [even[0]];
  for (let i = 0; i < Math.max(odd.length, even.length - 1); i++) {
    if (i < odd.length && i + 1 < even.length) out.push([odd[i], even[i + 1]]);
    if (i < odd.length) order.push(odd[i]);
    if (i + 1 < even.length) order.push(even[i + 1]);
  }
  return order;
}
