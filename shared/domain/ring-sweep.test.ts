import { describe, expect, test } from 'vitest';
import { randomNumbers } from '#shared/testing/random-numbers.ts';
import type { Position } from './ring.ts';
import { sweepRings } from './ring-sweep.ts';

type Box = readonly [west: number, south: number, east: number, north: number];

const ringOf = ([west, south, east, north]: Box): Position[] => [
  [west, south],
  [east, south],
  [east, north],
  [west, north],
  [west, south],
];

function area(rings: Position[][]): number {
  let twice = 0;
  const crossing = sweepRings(rings, (a, b) => void (twice += a[0] * b[1] - b[0] * a[1]));
  expect(crossing).toBeNull();
  return twice / 2;
}

/** The cells of a grid of 12 x 12 that lie in an odd number of boxes. */
function oddCells(boxes: readonly Box[]): number {
  const cells = Array.from({ length: 144 }, (_, i) => [(i % 12) + 0.5, Math.floor(i / 12) + 0.5]);
  const holds = ([west, south, east, north]: Box, x: number, y: number) =>
    west < x && x < east && south < y && y < north;
  return cells.filter(([x, y]) => boxes.filter((box) => holds(box, x, y)).length % 2 === 1).length;
}

/** Whether an edge of one box passes through an edge of the other, between the ends of both. */
function cross(a: Box, b: Box): boolean {
  const isCut = ([west, south, east, north]: Box, [w, s, e, n]: Box) =>
    [w, e].some((x) => west < x && x < east && [south, north].some((y) => s < y && y < n));
  return isCut(a, b) || isCut(b, a);
}

describe('what rings enclose by the even-odd rule', () => {
  const random = randomNumbers(7);
  const number = (from: number, to: number) => from + Math.floor(random() * (to - from));
  function randomBox(): Box {
    const [west, south] = [number(0, 11), number(0, 11)];
    return [west, south, number(west + 1, 13), number(south + 1, 13)];
  }
  const drawn = Array.from({ length: 20_000 }, () => Array.from({ length: number(1, 5) }, randomBox));
  const isCrossed = (boxes: readonly Box[]) => boxes.some((a, i) => boxes.slice(i + 1).some((b) => cross(a, b)));

  test('is what counting cells says, wherever they touch, lie in each other or are the same', () => {
    const whole = drawn.filter((boxes) => sweepRings(boxes.map(ringOf)) === null);
    expect(whole.length).toBeGreaterThan(5000);
    expect(whole.filter((boxes) => area(boxes.map(ringOf)) !== oddCells(boxes))).toEqual([]);
  });

  test('is not told of rings that cross', () => {
    const crossed = drawn.filter(isCrossed);
    expect(crossed.length).toBeGreaterThan(5000);
    expect(crossed.filter((boxes) => sweepRings(boxes.map(ringOf)) === null)).toEqual([]);
  });

  test('is told of two rings that touch, at a corner, along an edge or with a corner on an edge', () => {
    const pairs = drawn.filter((boxes) => boxes.length === 2 && !isCrossed(boxes));
    expect(pairs.length).toBeGreaterThan(1000);
    expect(pairs.filter((boxes) => sweepRings(boxes.map(ringOf)) !== null)).toEqual([]);
  });

  test('may have edges that slant, and corners that lie on them', () => {
    const diamond: Position[] = [
      [0, 4],
      [4, 0],
      [8, 4],
      [4, 8],
      [0, 4],
    ];
    // Its corners touch the edges of the diamond from within.
    expect(area([diamond, ringOf([2, 2, 6, 6])])).toBe(32 - 16);
    // A ring of 24 that leaves the diamond through two of its corners; 8 of it lie within.
    const leaving: Position[] = [
      [8, 4],
      [10, 10],
      [4, 8],
      [4, 4],
      [8, 4],
    ];
    expect(area([diamond, leaving])).toBe(32 + 24 - 2 * 8);
  });
});
