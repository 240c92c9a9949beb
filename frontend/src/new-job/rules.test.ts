import { expect, test } from 'vitest';
import { checkArea, checkSeasonYear, isInside } from './rules.ts';

const limits = { maxRadiusM: 25_000, maxAreaKm2: 2500 };
const square = (west: number, south: number, size: number) => ({
  type: 'Polygon' as const,
  coordinates: [
    [
      [west, south],
      [west + size, south],
      [west + size, south + size],
      [west, south + size],
      [west, south],
    ],
  ],
});

test('a circle of one kilometre has 314 hectares', () => {
  const { problem, hectares, bbox } = checkArea({ lon: 31.05, lat: -17.8, radius_m: 1000 }, limits);
  expect(problem).toBeNull();
  expect(hectares).toBeCloseTo(314.159, 2);
  expect(bbox![0]).toBeLessThan(31.05);
  expect(bbox![3]).toBeGreaterThan(-17.8);
});

/** Area of a quadrangle on the WGS 84 ellipsoid, square metres (J. P. Snyder, Map Projections, 1987, equation 3-12). */
function ellipsoidArea(south: number, north: number, width: number): number {
  const [b, e] = [6_356_752.314245, 0.0818191908426];
  const q = (lat: number) => {
    const s = Math.sin((lat * Math.PI) / 180);
    return s / (1 - (e * s) ** 2) + Math.log((1 + e * s) / (1 - e * s)) / (2 * e);
  };
  return ((b * b) / 2) * ((width * Math.PI) / 180) * (q(north) - q(south));
}

test.each([
  [33, 0],
  [31.2, -17.8],
  [4.05, 50.74],
])(
  'a square of a hundredth of a degree at %f, %f has its area on the ellipsoid to 2 parts in a thousand',
  (lon, lat) => {
    const { hectares } = checkArea(square(lon, lat, 0.01), limits);
    expect(Math.abs((hectares! * 10_000) / ellipsoidArea(lat, lat + 0.01, 0.01) - 1)).toBeLessThan(0.002);
  },
);

test('what the server would refuse is refused here, in its words', () => {
  expect(checkArea({ lon: 31, lat: -17, radius_m: 30_000 }, limits).problem).toContain('50 to 25000 metres');
  expect(checkArea({ lon: 31, lat: -97, radius_m: 300 }, limits).problem).toContain('latitude');
  expect(checkArea(square(31, -17, 3), limits).problem).toContain('2500 km2');
  expect(
    checkArea(
      {
        ...square(0, 0, 1),
        coordinates: [
          [
            [-179.9, 0],
            [179.9, 0],
            [179.9, 1],
            [-179.9, 1],
            [-179.9, 0],
          ],
        ],
      },
      limits,
    ).problem,
  ).toContain('180th meridian');
  expect(checkSeasonYear('southern-summer', '2012', '2026-01-01')).toContain('2015');
  expect(checkSeasonYear('southern-summer', '', '2026-01-01')).toContain('year');
  expect(checkSeasonYear('northern-summer', '2026', '2026-01-01')).toContain('not come yet');
  expect(checkSeasonYear('northern-summer', '2019', '2026-01-01')).toBeNull();
});

test('an area lies inside a region only with all of its corners', () => {
  const region = [square(30, -18, 1).coordinates as [number, number][][]];
  expect(isInside({ lon: 30.5, lat: -17.5, radius_m: 1000 }, region)).toBe(true);
  expect(isInside({ lon: 30.999, lat: -17.5, radius_m: 1000 }, region)).toBe(false);
});
