import type { Position } from './ring.ts';

/** A segment of a ring, its ends in the order of the sweep. */
export interface Segment {
  ring: number;
  left: Position;
  right: Position;
  /** Since where it has lain on the side of the rings on which it lies. */
  since: Position;
}

/** 1 where a place lies left of the way from a to b, -1 right of it, 0 on it. */
export const side = (a: Position, b: Position, place: Position) =>
  Math.sign((b[0] - a[0]) * (place[1] - a[1]) - (b[1] - a[1]) * (place[0] - a[0]));

/** The segments that the sweep meets, from south to north. They move by the thousand: as numbers, not as objects. */
export function sweepLine(segments: readonly Segment[]) {
  const numbers = new Map(segments.map((segment, number) => [segment, number]));
  const order = new Uint32Array(segments.length);
  let length = 0;
  const get = (at: number): Segment | undefined => (at < 0 || at >= length ? undefined : segments[order[at]]);
  /** How many lie before a place, by the sides of a segment on which it may lie. */
  const countBefore = (place: Position, least: number): number => {
    let [low, high] = [0, length];
    while (low < high) {
      const middle = (low + high) >> 1;
      const { left, right } = segments[order[middle]];
      if (side(left, right, place) >= least) low = middle + 1;
      else high = middle;
    }
    return low;
  };
  return {
    get,
    /** The segments on which a place lies, and how many are south of it. */
    at(place: Position): { first: number; here: Segment[] } {
      const first = countBefore(place, 1);
      const numbersHere = order.subarray(first, countBefore(place, 0));
      return { first, here: Array.from(numbersHere, (number) => segments[number]) };
    },
    replace(first: number, count: number, by: readonly Segment[]): void {
      order.copyWithin(first + by.length, first + count, length);
      by.forEach((segment, i) => (order[first + i] = numbers.get(segment)!));
      length += by.length - count;
    },
  };
}
