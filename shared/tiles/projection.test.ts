import { describe, expect, test } from 'vitest';
import { crsOfEpsg } from '#shared/raster/crs.ts';
import { gdalTest, runPython } from '#shared/testing/fixtures/cog/gdal.ts';
import { projectionOf } from './projection.ts';
import { evaluateRow, fitSmooth, rangeOf } from './smooth-surface.ts';

const judge = `
import json, sys
from osgeo import osr
degrees = osr.SpatialReference(); degrees.ImportFromEPSG(4326)
out = []
for epsg, places in json.loads(sys.argv[1]):
    crs = osr.SpatialReference(); crs.ImportFromEPSG(epsg)
    for each in (degrees, crs): each.SetAxisMappingStrategy(osr.OAMS_TRADITIONAL_GIS_ORDER)
    there = osr.CoordinateTransformation(degrees, crs)
    out.append([there.TransformPoint(*place)[:2] for place in places])
print(json.dumps(out))
`;

const around = (lon: number, lat: number): [number, number][] =>
  [-3, -1.3, 0, 0.01, 2.7].flatMap((x) => [-1, 0, 1.7].map((y): [number, number] => [lon + x, lat + y]));

gdalTest('positions are those of PROJ to a tenth of a millimetre, and come back', async () => {
  const asked: [number, [number, number][]][] = [
    [32736, around(33, -18)],
    [32631, around(3, 50.7)],
    [32601, around(-177, 10)],
    [32760, around(177, -40)],
    [3857, around(31, -18)],
    [4326, around(31, -18)],
    [3035, around(10, 50)],
    [2154, around(3, 46)],
  ];
  const expected = JSON.parse(await runPython(['-c', judge, JSON.stringify(asked)])) as [number, number][][];
  for (const [i, [epsg, places]] of asked.entries()) {
    const { forward, inverse } = await projectionOf(crsOfEpsg(epsg)!);
    for (const [j, [lon, lat]] of places.entries()) {
      const [x, y] = forward(lon, lat)!;
      expect(Math.hypot(x - expected[i][j][0], y - expected[i][j][1])).toBeLessThan(1e-4);
      const [lonAgain, latAgain] = inverse(x, y)!;
      expect(Math.abs(lonAgain - lon)).toBeLessThan(1e-8);
      expect(Math.abs(latAgain - lat)).toBeLessThan(1e-8);
    }
  }
});

test('a position far from a UTM zone has no place there', async () => {
  const { forward } = await projectionOf(crsOfEpsg(32736)!);
  expect(forward(-100, 0)).toBeNull();
  expect(forward(33, 90)).toBeNull();
});

describe('the interpolation of a smooth surface', () => {
  const surface = (x: number, y: number): [number, number] => [Math.sin(x / 90) * 100 + y, Math.exp(y / 300) + x / 3];
  const span = { x0: 0.5, x1: 255.5, y0: 10.5, y1: 99.5 };

  test('is as good as it says, and lies in the range that it tells', () => {
    const fit = fitSmooth(surface, span)!;
    for (const axis of [0, 1] as const) {
      const [least, most] = rangeOf(fit, axis);
      for (let y = span.y0; y <= span.y1; y++) {
        const row = new Float64Array(256);
        evaluateRow(fit, axis, y, row, 0, 256);
        row.forEach((value, x) => {
          const exact = surface(x + 0.5, y)[axis];
          expect(Math.abs(value - exact)).toBeLessThanOrEqual(fit.error + 1e-8);
          expect(exact >= least && exact <= most).toBe(true);
        });
      }
    }
  });

  test('knows where it is not smooth, and where there is no value', () => {
    expect(fitSmooth((x, y) => [Math.abs(x - 100), y], span)!.error).toBeGreaterThan(1e-6);
    expect(fitSmooth((x, y) => (x > 200 ? null : [x, y]), span)).toBeNull();
  });

  test('of one pixel is that pixel', () => {
    const fit = fitSmooth((x, y) => [x, y], { x0: 3.5, x1: 3.5, y0: 7.5, y1: 7.5 })!;
    const row = new Float64Array(1);
    evaluateRow(fit, 0, 7.5, row, 0, 1);
    expect(row[0]).toBeCloseTo(3.5, 12);
  });
});
