import { describe, expect, test } from 'vitest';
import { readFixture } from '#shared/testing/fixtures/domain/read.ts';
import { centralMeridian, epsgOfUtm, fromUtm, toUtm, utmOfEpsg, utmZone } from './utm.ts';

type Row = [epsg: number, lon: number, lat: number, easting: number, northing: number];
const table = readFixture<Row[]>('utm.json');
const tolerance = 1e-6;
const metresPerDegree = 111_320;

/** The largest distance of a list, with what it belongs to: one assertion tells more than hundreds. */
function worstOf(distance: (row: Row) => number) {
  return table.reduce((worst, row) => Math.max(worst, distance(row)), 0);
}

describe('transverse Mercator agrees with PROJ', () => {
  test('the table is wide enough to judge by', () => {
    expect(table.length).toBeGreaterThan(300);
    expect(new Set(table.map(([epsg]) => epsg)).size).toBeGreaterThan(80);
  });

  test('from degrees to metres', () => {
    const worst = worstOf(([epsg, lon, lat, easting, northing]) => {
      const [x, y] = toUtm(utmOfEpsg(epsg)!, lon, lat);
      return Math.hypot(x - easting, y - northing);
    });
    expect(worst).toBeLessThan(tolerance);
  });

  test('from metres to degrees', () => {
    const worst = worstOf(([epsg, lon, lat, easting, northing]) => {
      const [x, y] = fromUtm(utmOfEpsg(epsg)!, easting, northing);
      return Math.hypot((x - lon) * Math.cos((lat * Math.PI) / 180), y - lat) * metresPerDegree;
    });
    expect(worst).toBeLessThan(tolerance);
  });
});

test('zones by the plain six-degree rule, the 180th meridian in the last one', () => {
  expect([-180, -174.0001, -174, -0.0001, 0, 4.063, 5.9999, 6, 30.9, 179.9999, 180].map(utmZone)).toEqual([
    1, 1, 2, 30, 31, 31, 31, 32, 36, 60, 60,
  ]);
  // Norway's and Svalbard's exceptions are not made.
  expect([utmZone(5), utmZone(10)]).toEqual([31, 32]);
  expect([1, 31, 36, 60].map(centralMeridian)).toEqual([-177, 3, 33, 177]);
});

test('EPSG codes of zones, and of nothing else', () => {
  expect(epsgOfUtm({ zone: 31, north: true })).toBe(32631);
  expect(epsgOfUtm({ zone: 5, north: false })).toBe(32705);
  expect(utmOfEpsg(32735)).toEqual({ zone: 35, north: false });
  expect(utmOfEpsg(32660)).toEqual({ zone: 60, north: true });
  expect([4326, 3857, 32600, 32661, 32700, 32761, 32831, 0, -32631, 32631.5, NaN].map(utmOfEpsg)).toEqual(
    Array(11).fill(null),
  );
});
