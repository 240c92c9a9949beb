import { describe, expect, test } from 'vitest';
import { aoiEpsg } from './aoi.ts';
import { checkAoi, defaultAoiLimits, type AoiLimits } from './check-aoi.ts';
import { GeoCropError, type ErrorCode } from './errors.ts';
import type { Position } from './ring.ts';

const circle = (over: Record<string, unknown> = {}) => ({
  type: 'circle',
  lon: 4.063,
  lat: 50.746,
  radiusM: 300,
  ...over,
});
const polygons = (...rings: unknown[]) => ({ type: 'polygons', polygons: [rings] });
const box = (west: number, south: number, east: number, north: number): Position[] => [
  [west, south],
  [east, south],
  [east, north],
  [west, north],
  [west, south],
];

function refusal(input: unknown, limits: AoiLimits = defaultAoiLimits): { code: ErrorCode; message: string } {
  try {
    checkAoi(input, limits);
  } catch (error) {
    if (!(error instanceof GeoCropError)) throw error;
    expect(error.field).toBe('aoi');
    expect(error.kind).toBe('refused');
    expect(error.message).not.toContain('\n');
    return error;
  }
  throw new Error('was not refused');
}

describe('what is let in', () => {
  test('a circle, unchanged', () => expect(checkAoi(circle(), defaultAoiLimits)).toEqual(circle()));
  test('radii at both limits', () => {
    expect(checkAoi(circle({ radiusM: 50 }), defaultAoiLimits)).toMatchObject({ radiusM: 50 });
    expect(checkAoi(circle({ radiusM: 25_000 }), defaultAoiLimits)).toMatchObject({ radiusM: 25_000 });
  });
  test('polygons with holes, unchanged', () => {
    const aoi = polygons(box(4, 50, 4.1, 50.1), box(4.02, 50.02, 4.05, 50.05));
    expect(checkAoi(aoi, defaultAoiLimits)).toEqual(aoi);
  });
  test('an area on both sides of the equator', () =>
    expect(checkAoi(polygons(box(31, -0.1, 31.1, 0.05)), defaultAoiLimits)).toMatchObject({ type: 'polygons' }));
  test('a circle beside the 180th meridian', () =>
    expect(checkAoi(circle({ lon: 179.99, lat: -17, radiusM: 5000 }), defaultAoiLimits)).toMatchObject({
      lon: 179.99,
    }));
});

describe('what is refused as no usable area', () => {
  test.each([
    ['longitude out of range', circle({ lon: 181 }), /longitude must lie between -180 and 180.*lon/],
    ['latitude out of range', circle({ lat: -91 }), /latitude must lie between -90 and 90.*lat/],
    ['swapped, where it shows', circle({ lon: -17.8, lat: 130.9 }), /longitude comes first/],
    ['longitude that is no number', circle({ lon: NaN }), /lon/],
    ['latitude as text', circle({ lat: '50.746' }), /lat/],
    ['latitude without end', circle({ lat: Infinity }), /lat/],
    ['no radius', { type: 'circle', lon: 4, lat: 50 }, /radiusM/],
    ['radius NaN', circle({ radiusM: NaN }), /radiusM/],
    ['radius without end', circle({ radiusM: Infinity }), /radiusM/],
    ['radius 0', circle({ radiusM: 0 }), /50 to 25000 metres, not 0/],
    ['negative radius', circle({ radiusM: -300 }), /50 to 25000 metres, not -300/],
    ['radius just too small', circle({ radiusM: 49.99 }), /not 49.99/],
    ['radius just too large', circle({ radiusM: 25_000.01 }), /not 25000.01/],
    ['another form', { type: 'square', lon: 4, lat: 50 }, /not usable/],
    ['an unknown member', circle({ radius: 300 }), /radius/],
    ['nothing', null, /not usable/],
    ['a text', '4.063,50.746,300', /not usable/],
    ['no polygon', { type: 'polygons', polygons: [] }, /polygons/],
    ['a polygon without a ring', { type: 'polygons', polygons: [[]] }, /outer ring/],
    [
      'three positions',
      polygons([
        [4, 50],
        [4.1, 50],
        [4, 50],
      ]),
      /at least 4 positions/,
    ],
    [
      'a position with a height',
      polygons([
        [4, 50, 7],
        [4.1, 50, 7],
        [4.1, 50.1, 7],
        [4, 50, 7],
      ]),
      /polygons/,
    ],
    [
      'a position out of range',
      polygons([
        [4, 50],
        [4.1, 50],
        [4.1, 95],
        [4, 50],
      ]),
      /longitude comes first/,
    ],
    ['an open ring', polygons(box(4, 50, 4.1, 50.1).slice(0, 4)), /open: it ends at 4, 50.1, .*\(4, 50\)/],
    ['an open hole', polygons(box(4, 50, 4.1, 50.1), box(4.01, 50.01, 4.02, 50.02).slice(0, 4)), /open/],
    [
      'a bow tie',
      polygons([
        [4, 50],
        [4.1, 50.1],
        [4.1, 50],
        [4, 50.1],
        [4, 50],
      ]),
      /crosses itself near 4\.\d{5}, 50\.\d{5}/,
    ],
    [
      'a line there and back',
      polygons([
        [4, 50],
        [4.1, 50],
        [4.2, 50],
        [4, 50],
      ]),
      /crosses itself/,
    ],
    ['a single place', polygons(box(4, 50, 4, 50)), /crosses itself/],
    [
      'a hole that crosses its shell',
      polygons(box(4, 50, 4.1, 50.1), box(4.05, 50.05, 4.2, 50.06)),
      /its shell or its holes, cross each other near 4\.\d{5}, 50\.\d{5}/,
    ],
    [
      'holes that cross each other',
      polygons(box(4, 50, 4.1, 50.1), box(4.02, 50.02, 4.06, 50.06), box(4.05, 50.05, 4.08, 50.08)),
      /cross each other/,
    ],
    ['less than a pixel', polygons(box(4, 50, 4.0001, 50.0001)), /smaller than one pixel/],
    ['a hole as large as its shell', polygons(box(4, 50, 4.1, 50.1), box(4, 50, 4.1, 50.1)), /smaller than one pixel/],
    ['both sides of the 180th meridian', polygons(box(-179.9, -17.1, 179.9, -17)), /180th meridian/],
  ] as [string, unknown, RegExp][])('%s', (_name, input, message) => {
    const error = refusal(input);
    expect(error.code).toBe('invalid-aoi');
    expect(error.message).toMatch(message);
  });

  test('more vertices than can be checked in good time, in one ring or in many', () => {
    const round = (vertices: number, lon: number): Position[] => {
      const points = Array.from({ length: vertices }, (_, i): Position => {
        const angle = (2 * Math.PI * i) / vertices;
        return [lon + 0.01 * Math.cos(angle), 50 + 0.01 * Math.sin(angle)];
      });
      return [...points, points[0]];
    };
    expect(refusal(polygons(round(10_000, 4))).code).toBe('invalid-aoi');
    expect(refusal({ type: 'polygons', polygons: [[round(5000, 4)], [round(5000, 4.1)]] }).message).toContain(
      '10002 vertices',
    );
    const polygonCount = Array.from({ length: 1001 }, () => [box(4, 50, 4.1, 50.1)]);
    expect(refusal({ type: 'polygons', polygons: polygonCount }).code).toBe('invalid-aoi');
  });
});

describe('limits', () => {
  // GRS 80 and WGS 84 agree: 0.1 by 0.1 degrees at 50 N is 79.6 km2 on the ellipsoid.
  const tenth = polygons(box(4, 50, 4.1, 50.1));

  test('on the radius are settings', () => {
    const limits = { ...defaultAoiLimits, maxRadiusM: 60_000 };
    expect(checkAoi(circle({ radiusM: 60_000 }), limits)).toMatchObject({ radiusM: 60_000 });
    expect(refusal(circle({ radiusM: 301 }), { ...limits, maxRadiusM: 300 }).message).toContain('50 to 300 metres');
  });
  test('on the area are settings, and holes do not count', () => {
    expect(refusal(tenth, { ...defaultAoiLimits, maxAreaKm2: 79 }).message).toMatch(/covers 80 km2; at most 79 km2/);
    expect(checkAoi(tenth, { ...defaultAoiLimits, maxAreaKm2: 80 })).toEqual(tenth);
    const holed = polygons(...tenth.polygons[0], box(4.01, 50.01, 4.09, 50.09));
    expect(checkAoi(holed, { ...defaultAoiLimits, maxAreaKm2: 30 })).toEqual(holed);
  });
  test('on the area know no holes that are none: given twice, or outside of their shell', () => {
    const hole = box(4.01, 50.01, 4.09, 50.09);
    const small = { ...defaultAoiLimits, maxAreaKm2: 30 };
    expect(checkAoi(polygons(...tenth.polygons[0], hole, hole, hole), small)).toBeTruthy();
    expect(refusal(polygons(...tenth.polygons[0], hole, hole), small).message).toMatch(/covers 80 km2/);
    expect(refusal(polygons(...tenth.polygons[0], box(5, 50, 5.1, 50.1)), small).message).toMatch(/covers 159 km2/);
    const within = box(4.02, 50.02, 4.08, 50.08);
    expect(refusal(polygons(...tenth.polygons[0], hole, within), small).message).toMatch(/covers 57 km2/);
  });
  test('on the area let in a hole that touches its shell', () => {
    const touching = polygons(
      [
        [4, 50],
        [4.1, 50],
        [4.1, 50.1],
        [4.05, 50.05],
        [4, 50.1],
        [4, 50],
      ],
      [
        [4.05, 50.05],
        [4.04, 50.02],
        [4.06, 50.02],
        [4.05, 50.05],
      ],
    );
    expect(checkAoi(touching, defaultAoiLimits)).toEqual(touching);
  });
  test('are 25 km and 2,500 km2 where nothing is set', () => {
    expect(defaultAoiLimits).toEqual({ maxRadiusM: 25_000, maxAreaKm2: 2500 });
    expect(refusal(polygons(box(4, 50, 4.6, 50.6))).message).toMatch(/covers 28\d\d km2; at most 2500 km2/);
  });
});

describe("what lies beyond the grid's limits is refused as such", () => {
  test.each([
    ['a centre beyond 80 degrees', circle({ lat: 80.01 })],
    ['a centre beyond 80 degrees south', circle({ lat: -85 })],
    ['a circle that reaches beyond 80 degrees', circle({ lon: 3, lat: 79.9, radiusM: 25_000 })],
    ['a circle that reaches more than 4 degrees from its meridian', circle({ lon: 5.99, lat: 79, radiusM: 25_000 })],
    ['a polygon beyond 80 degrees', polygons(box(3, 80, 3.1, 80.01))],
    ['a narrow polygon that spans nine degrees', polygons(box(0, 50, 9, 50.001))],
  ])('%s', (_name, input) => {
    const error = refusal(input);
    expect(error.code).toBe('outside-grid');
    expect(error.message).toMatch(/80 degrees/);
  });
});

test("the grid is the one of the AOI's centre", () => {
  expect(aoiEpsg({ type: 'circle', lon: 5.999, lat: -0.01, radiusM: 5000 })).toBe(32731);
  expect(aoiEpsg({ type: 'polygons', polygons: [[box(5.8, 50, 6.3, 50.1)]] })).toBe(32632);
  expect(aoiEpsg({ type: 'polygons', polygons: [[box(5.8, -0.2, 6.1, 0.1)]] })).toBe(32731);
  expect(aoiEpsg({ type: 'polygons', polygons: [[box(5, 50, 5.1, 50.1)], [box(7.5, 50, 7.6, 50.1)]] })).toBe(32632);
});
