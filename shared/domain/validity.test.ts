import { describe, expect, test } from 'vitest';
import type { Aoi } from './aoi.ts';
import type { Position } from './ring.ts';
import { aoiWithin, type Polygons } from './validity.ts';

const box = (west: number, south: number, east: number, north: number): Position[] => [
  [west, south],
  [east, south],
  [east, north],
  [west, north],
  [west, south],
];
const circle = (lon: number, lat: number, radiusM = 1000): Aoi => ({ type: 'circle', lon, lat, radiusM });

const temperate: Polygons = [[box(-10, 40, 30, 60), box(5, 45, 8, 48)], [box(-120, 42, -60, 55)]];

describe('an area lies in a region', () => {
  test.each([
    ['inside', 4.063, 50.746],
    ['in the second polygon', -100, 50],
  ])('%s', (_name, lon, lat) => expect(aoiWithin(circle(lon, lat), temperate)).toBe(true));

  test.each([
    ['in Zimbabwe', 30.9, -17.8],
    ['with longitude and latitude swapped', 50.746, 4.063],
    ['in a hole', 6.5, 46.5],
    ['beyond the western edge', -10.5, 50],
    ['beyond the northern edge', 4, 61],
    ['between the polygons', -40, 50],
  ])('but not %s', (_name, lon, lat) => expect(aoiWithin(circle(lon, lat), temperate)).toBe(false));

  test('only with the whole of its box', () => {
    // 0.01 degrees of latitude are 1.1 km.
    expect(aoiWithin(circle(4, 59.99, 1000), temperate)).toBe(true);
    expect(aoiWithin(circle(4, 59.99, 1200), temperate)).toBe(false);
    expect(aoiWithin({ type: 'polygons', polygons: [[box(29.8, 50, 29.9, 50.1)]] }, temperate)).toBe(true);
    expect(aoiWithin({ type: 'polygons', polygons: [[box(29.8, 50, 30.1, 50.1)]] }, temperate)).toBe(false);
  });

  test('not round a hole that only its centre is in', () => {
    const holed: Polygons = [[box(0, 40, 20, 60), box(9.9, 49.9, 10.1, 50.1)]];
    expect(aoiWithin(circle(10, 50, 20_000), holed)).toBe(false);
  });

  test('never in a region without polygons', () => expect(aoiWithin(circle(4, 50), [])).toBe(false));
});
