import { mergeNetwork } from '#shared/wasm/sorting-network.ts';

/** A comparison of two positions, after which `high` holds the higher value and `low` the lower, as far as wanted. */
export interface Exchange {
  high: number;
  low: number;
  wantsHigh: boolean;
  wantsLow: boolean;
}

/** What is left of two sorted lists: positions of the values that are certain, and of those after them in order. */
export interface Selection {
  exchanges: Exchange[];
  certain: number[];
  ranked: number[];
}

type Wanted = 'in any order' | 'in its place' | 'not at all';

/**
 * Of two lists, each in descending order, the `certain` highest in any order, those after them up to rank `kept` in
 * descending order, and nothing of the rest: Batcher's merge less the comparisons that only order what needs no order.
 * The positions of the second list follow those of the first.
 */
export function selectionNetwork(first: number, second: number, certain: number, kept: number): Selection {
  const { comparisons, order } = mergeNetwork(first, second);
  const wanted: Wanted[] = [];
  order.forEach((position, rank) => {
    wanted[position] = rank < certain ? 'in any order' : rank < kept ? 'in its place' : 'not at all';
  });
  const exchanges: Exchange[] = [];
  for (const [high, low] of comparisons.toReversed()) {
    if (wanted[high] === wanted[low] && wanted[high] !== 'in its place') continue;
    const [wantsHigh, wantsLow] = [high, low].map((position) => wanted[position] !== 'not at all');
    exchanges.unshift({ high, low, wantsHigh, wantsLow });
    wanted[high] = wanted[low] = 'in its place';
  }
  return { exchanges, certain: order.slice(0, certain), ranked: order.slice(certain, kept) };
}
