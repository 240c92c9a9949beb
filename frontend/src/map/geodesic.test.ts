import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { geodesicCircle, geodesicDistance, geodesicPoint } from './geodesic.ts';
import type { LonLat } from './types.ts';

const python = '/usr/bin/python3';
const hasProj = existsSync(python) && tryProj();

function tryProj(): boolean {
  try {
    execFileSync(python, ['-c', 'from osgeo import osr'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** PROJ's azimuthal equidistant projection round a centre: the length of a vector from there is that of the geodesic. */
const inverse = `
import json, sys
from osgeo import osr
osr.UseExceptions()
out = []
for center, points in json.load(sys.stdin):
    azeqd, wgs = osr.SpatialReference(), osr.SpatialReference()
    azeqd.ImportFromProj4('+proj=aeqd +lat_0=%r +lon_0=%r +ellps=WGS84 +units=m' % (center[1], center[0]))
    wgs.ImportFromEPSG(4326)
    wgs.SetAxisMappingStrategy(osr.OAMS_TRADITIONAL_GIS_ORDER)
    t = osr.CoordinateTransformation(wgs, azeqd)
    out.append([t.TransformPoint(*p)[:2] for p in points])
print(json.dumps(out))
`;

const proj = (asked: [LonLat, LonLat[]][]): LonLat[][] =>
  JSON.parse(execFileSync(python, ['-c', inverse], { input: JSON.stringify(asked), encoding: 'utf8' })) as LonLat[][];

test('PROJ is there where everything is required', () => {
  if (process.env.GEOCROP_REQUIRE_ALL === '1') expect(hasProj, 'python3 with osgeo is missing').toBe(true);
});

describe.skipIf(!hasProj)('beside PROJ', () => {
  const centers: LonLat[] = [
    [31.05, -17.83],
    [28.6, -20.2],
    [0, 0],
    [12, 64.5],
    [179.9, -17],
  ];
  const radii = [50, 500, 5000, 25_000];

  test('a circle has its radius on the ground in every direction', () => {
    const asked = centers.flatMap((center) => radii.map((radius) => ({ center, radius })));
    const answers = proj(asked.map(({ center, radius }) => [center, geodesicCircle(center, radius, 36)]));
    for (const [i, { radius }] of asked.entries())
      for (const [x, y] of answers[i]) expect(Math.abs(Math.hypot(x, y) - radius)).toBeLessThan(0.002);
  });

  test('an azimuth is counted from north to the east', () => {
    const [[[x, y]]] = proj([[[31, -18], [geodesicPoint([31, -18], 30, 1000)]]]);
    expect(x).toBeCloseTo(500, 1);
    expect(y).toBeCloseTo(866.03, 1);
  });

  test('a distance is the length of the geodesic', () => {
    const pairs: [LonLat, LonLat][] = [
      [
        [31, -18],
        [31.02, -18.03],
      ],
      [
        [25, -15],
        [33, -22],
      ],
      [
        [0, 0],
        [0.001, 0],
      ],
    ];
    const answers = proj(pairs.map(([from, to]) => [from, [to]]));
    for (const [i, [from, to]] of pairs.entries())
      expect(geodesicDistance(from, to)).toBeCloseTo(Math.hypot(...answers[i][0]), 2);
  });
});

test('a circle is closed and anticlockwise', () => {
  const ring = geodesicCircle([30, -18], 1000, 12);
  expect(ring[12]).toEqual(ring[0]);
  expect(ring[0][1]).toBeGreaterThan(-18);
  expect(ring[3][0]).toBeLessThan(30);
});

test('there is no way from a place to itself', () => {
  expect(geodesicDistance([30, -18], [30, -18])).toBe(0);
});
