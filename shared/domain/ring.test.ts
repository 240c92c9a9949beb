import { describe, expect, test } from 'vitest';
import { readFixture } from '#shared/testing/fixtures/domain/read.ts';
import { ringArea, ringCrossing, type Position } from './ring.ts';

const judged = readFixture<[ring: Position[], sound: boolean][]>('rings.json');

describe('crossings', () => {
  test('there are hundreds of rings of either kind', () => {
    expect(judged.filter(([, sound]) => sound).length).toBeGreaterThan(200);
    expect(judged.filter(([, sound]) => !sound).length).toBeGreaterThan(200);
  });

  test('are seen in the rings in which GEOS sees them, and in no other', () => {
    const wrong = judged.filter(([ring, sound]) => (ringCrossing(ring) === null) !== sound);
    expect(wrong).toEqual([]);
  });

  test('do not depend on where a ring begins nor on its direction', () => {
    const wrong = judged.filter(([ring, sound]) => {
      const half = ring.length >> 1;
      const turned = [...ring.slice(half), ...ring.slice(1, half + 1)].reverse();
      return (ringCrossing(turned) === null) !== sound;
    });
    expect(wrong).toEqual([]);
  });

  test('include a spike, wherever the ring begins', () => {
    const spiked: Position[] = [
      [0, 0],
      [4, 0],
      [4, 4],
      [6, 6],
      [4, 4],
      [0, 4],
    ];
    // GEOS calls it a self-intersection at 4, 4.
    const beginnings = spiked.map((_, i) => [...spiked.slice(i), ...spiked.slice(0, i + 1)]);
    expect(beginnings.map((ring) => ringCrossing(ring) !== null)).toEqual(Array(6).fill(true));
    const tip: Position[] = [
      [0, 0],
      [4, 0],
      [2, 0],
      [2, 3],
    ];
    const turns = tip.map((_, i) => [...tip.slice(i), ...tip.slice(0, i + 1)]);
    expect(turns.map((ring) => ringCrossing(ring) !== null)).toEqual(Array(4).fill(true));
  });

  test('are named by a place on the ring', () => {
    const bowTie: Position[] = [
      [0, 0],
      [2, 2],
      [2, 0],
      [0, 2],
      [0, 0],
    ];
    expect(bowTie).toContainEqual(ringCrossing(bowTie));
  });

  test.each<[string, (x: number, y: number) => Position]>([
    ['along the meridians', (x, y) => [y, x]],
    ['along the parallels', (x, y) => [x, y]],
    ['aslant', (x, y) => [x, y + x]],
  ])('of the largest ring that is let in are found in a moment: a comb whose teeth lie %s', (_name, lay) => {
    const ends = Array.from({ length: 9990 }, (_, i) => lay(i % 2, 0.0001 * i));
    const ring = [...ends, lay(-1, 0.999), lay(-1, 0), ends[0]];
    const start = performance.now();
    expect(ringCrossing(ring)).toBeNull();
    // What compares every tooth with every other takes some two seconds for those that lie aslant.
    expect(performance.now() - start).toBeLessThan(1000);
  });
});

test('area by shoelace, whatever the direction', () => {
  const square: Position[] = [
    [10, 10],
    [30, 10],
    [30, 20],
    [10, 20],
    [10, 10],
  ];
  expect(ringArea(square)).toBe(200);
  expect(ringArea(square.toReversed())).toBe(200);
});
