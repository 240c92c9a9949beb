import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Position } from '#shared/domain/ring.ts';
import { crsOfEpsg } from '#shared/raster/crs.ts';
import { gdalTest, hasGdal, runPython } from '#shared/testing/fixtures/cog/gdal.ts';
import { workFolder } from '#shared/testing/work-folder.ts';
import type { PixelSource } from './pixel-source.ts';
import { polygonHistogram, type Histogram } from './polygon-histogram.ts';
import { projectionOf } from './projection.ts';
import { statisticsPolygons } from './statistics-polygon.ts';
import { makeRaster, openSource, type MadeRaster } from './testing/made-raster.ts';

const folder = workFolder('histogram');

/**
 * Pixels by value under a GeoJSON polygon by GDAL's rasteriser in the raster's CRS, and their area: of UTM by the pixel
 * size, of degrees by the ellipsoidal area that PROJ gives the pixel's outline.
 */
const judge = `
import json, sys
import numpy
from osgeo import gdal, ogr, osr
gdal.UseExceptions()
raster = gdal.Open(sys.argv[1])
reference = raster.GetSpatialRef()
reference.SetAxisMappingStrategy(osr.OAMS_TRADITIONAL_GIS_ORDER)
degrees = osr.SpatialReference(); degrees.ImportFromEPSG(4326)
degrees.SetAxisMappingStrategy(osr.OAMS_TRADITIONAL_GIS_ORDER)
shape = ogr.CreateGeometryFromJson(open(sys.argv[2]).read())
shape.AssignSpatialReference(degrees)
shape.TransformTo(reference)
vector = ogr.GetDriverByName('Memory').CreateDataSource('')
layer = vector.CreateLayer('', reference)
feature = ogr.Feature(layer.GetLayerDefn()); feature.SetGeometry(shape); layer.CreateFeature(feature)
mask = gdal.GetDriverByName('MEM').Create('', raster.RasterXSize, raster.RasterYSize, 1, gdal.GDT_Byte)
mask.SetGeoTransform(raster.GetGeoTransform()); mask.SetProjection(raster.GetProjection())
gdal.RasterizeLayer(mask, [1], layer, burn_values=[1])
inside = mask.ReadAsArray() == 1
values = raster.GetRasterBand(1).ReadAsArray()
x0, width, _, y0, _, height = raster.GetGeoTransform()
if reference.IsGeographic():
    import math
    a, f = 6378137.0, 1 / 298.257223563
    e2 = f * (2 - f)
    rows = numpy.arange(raster.RasterYSize)
    area = numpy.zeros(raster.RasterYSize)
    # The integral of M(phi) N(phi) cos(phi) over the row's latitudes, by Simpson's rule in 200 steps.
    for row in rows:
        lower, upper = math.radians(y0 + (row + 1) * height), math.radians(y0 + row * height)
        phi = numpy.linspace(lower, upper, 5)
        w = 1 - e2 * numpy.sin(phi) ** 2
        integrand = a * (1 - e2) / w ** 1.5 * a / w ** 0.5 * numpy.cos(phi)
        h = (upper - lower) / 4
        area[row] = math.radians(width) * h / 3 * (integrand[0] + 4 * integrand[1] + 2 * integrand[2] + 4 * integrand[3] + integrand[4])
    areas = numpy.repeat(area[:, None], raster.RasterXSize, axis=1)
else:
    areas = numpy.full(values.shape, abs(width * height))
print(json.dumps({
    'pixels': [int(((values == v) & inside).sum()) for v in range(256)],
    'squareMetres': [float(areas[(values == v) & inside].sum()) for v in range(256)],
}))
`;

type Polygons = Position[][][];

async function truth(raster: string, polygons: Polygons): Promise<Pick<Histogram, 'pixels' | 'squareMetres'>> {
  const file = join(folder, 'shape.json');
  writeFileSync(file, JSON.stringify({ type: 'MultiPolygon', coordinates: polygons }));
  return JSON.parse(await runPython(['-c', judge, raster, file])) as { pixels: never; squareMetres: never };
}

/** A star of many points round a place, and a hole in it. */
function star([lon, lat]: Position, radius: number, points: number): Polygons {
  const ring = (size: number, count: number) => {
    const open = Array.from({ length: count }, (_, i): Position => {
      const angle = (2 * Math.PI * i) / count;
      const reach = size * (i % 2 === 0 ? 1 : 0.61);
      return [lon + reach * Math.cos(angle), lat + reach * Math.sin(angle)];
    });
    return [...open, open[0]];
  };
  return [[ring(radius, points), ring(radius / 4, 8).toReversed()]];
}

const rasters: [string, MadeRaster, Position][] = [
  [
    'UTM 36 south',
    {
      epsg: 32736,
      origin: [287_000, 8_030_000],
      pixel: [10, 10],
      size: [1300, 1100],
      values: [1, 2, 3, 4],
      nodata: 0,
      hole: true,
    },
    [31.05, -17.857],
  ],
  [
    'degrees',
    {
      epsg: 4326,
      origin: [30.9, -17.7],
      pixel: [0.0001, 0.0001],
      size: [1300, 1100],
      values: [1, 2, 3, 4],
      nodata: 0,
      hole: true,
    },
    [30.965, -17.755],
  ],
  [
    'degrees, far north',
    { epsg: 4326, origin: [5, 59], pixel: [0.0002, 0.0001], size: [700, 1100], values: [1, 2, 3], nodata: 0 },
    [5.07, 58.95],
  ],
];
const sources: PixelSource[] = [];
const pathOf = (i: number) => join(folder, `${i}.tif`);

beforeAll(async () => {
  mkdirSync(folder, { recursive: true });
  if (!hasGdal()) return;
  for (const [i, [, made]] of rasters.entries()) {
    await makeRaster(pathOf(i), made);
    sources.push(await openSource(pathOf(i)));
  }
}, 60_000);

describe('pixels and areas under polygons are those of GDAL and the ellipsoid', () => {
  for (const [i, [name, , centre]] of rasters.entries())
    gdalTest(name, async () => {
      const [lon, lat] = centre;
      const shapes = [
        star(centre, 0.04, 60),
        star(centre, 0.02, 7),
        star([lon + 0.09, lat + 0.03], 0.06, 13),
        [...star([lon - 0.02, lat], 0.01, 12), ...star([lon + 0.02, lat], 0.01, 12)],
        star(centre, 0.0001, 5),
      ];
      for (const shape of shapes) {
        const expected = await truth(pathOf(i), shape);
        const found = await polygonHistogram(sources[i], 1, shape);
        // Equal but for pixels whose centre lies on an edge by rounding.
        found.pixels.forEach((count, value) => expect(Math.abs(count - expected.pixels[value])).toBeLessThanOrEqual(1));
        found.squareMetres.forEach((area, value) =>
          expect(Math.abs(area - expected.squareMetres[value])).toBeLessThan(1e-6 * expected.squareMetres[value] + 150),
        );
        expect(found.exact).toBe(true);
      }
    });

  gdalTest('a large polygon is counted on an overview and says so', async () => {
    const shape = star(rasters[0][2], 0.05, 40);
    const whole = await polygonHistogram(sources[0], 1, shape);
    const limits = { maxPixels: 200_000, maxCrossings: 1_000_000 };
    const coarse = await polygonHistogram(sources[0], 1, shape, { limits });
    expect([coarse.exact, coarse.pixelSize]).toEqual([false, 40]);
    const sum = (values: Float64Array) => values.reduce((total, value) => total + value, 0);
    expect(sum(coarse.squareMetres) / sum(whole.squareMetres)).toBeCloseTo(1, 2);
    const ragged = polygonHistogram(sources[0], 1, shape, { limits: { maxPixels: 1e9, maxCrossings: 10 } });
    await expect(ragged).rejects.toMatchObject({ code: 'invalid-aoi' });
  });

  gdalTest('polygons that overlap count a pixel once; what lies beyond the raster is told', async () => {
    const [square] = star(rasters[0][2], 0.02, 30);
    const once = await polygonHistogram(sources[0], 1, [square]);
    const twice = await polygonHistogram(sources[0], 1, [square, square]);
    expect(twice.pixels).toEqual(once.pixels);
    const beyond = await polygonHistogram(sources[0], 1, star([31.13, -17.857], 0.03, 30));
    expect(beyond.outside).toBeGreaterThan(1000);
    const far = await polygonHistogram(sources[0], 1, star([31.05, -10], 0.01, 30));
    expect(far.pixels.every((count) => count === 0)).toBe(true);
  });
});

describe('counting is bounded', () => {
  const [width, height] = [20_000, 80_000];
  /** A baseline of 10 m in degrees whose blocks are all absent. */
  async function absent(): Promise<PixelSource> {
    const crs = crsOfEpsg(4326)!;
    const transform = { originX: 25, originY: -15, pixelWidth: 0.0000898, pixelHeight: 0.0000898 };
    const level = { width, height, transform, blockWidth: 256, blockHeight: 256, block: async () => null };
    const projection = await projectionOf(crs);
    const shape = { name: 'absent', crs, projection, dtype: 'uint8' as const, bands: 1, nodata: 0 };
    return { ...shape, bounds: [25, -22, 27, -15], levels: [level] };
  }
  const triangle = (lon: number, lat: number, top: number): Position[][] => [
    [
      [lon, lat],
      [lon + 0.00054, lat],
      [lon, top],
      [lon, lat],
    ],
  ];
  const timed = async (shape: Polygons): Promise<[Histogram, number]> => {
    const source = await absent();
    const begun = performance.now();
    const limits = { maxPixels: 1e9, maxCrossings: 4_000_000 };
    return [await polygonHistogram(source, 1, shape, { limits }), performance.now() - begun];
  };

  test('polygons that reach far beyond the raster are not followed', async () => {
    const far = Array.from({ length: 1000 }, (_, i) => triangle(25 + i / 1000, -15.01, -14));
    for (const shape of [far, [triangle(25.5, -15.01, 85)]]) {
      const [{ outside }, ms] = await timed(shape);
      expect(outside).toBeNaN();
      expect(ms).toBeLessThan(3000);
    }
  });

  test('many small polygons over the whole raster take the time of their own rows, and others get their turn', async () => {
    const small = Array.from({ length: 1000 }, (_, i) =>
      triangle(25.1 + i / 1000, -15.05 - i * 0.007, -15.049 - i * 0.007),
    );
    let turns = 0;
    const clock = setInterval(() => turns++, 1);
    const [{ pixels, outside }, ms] = await timed(small);
    clearInterval(clock);
    // Half of 0.00054 x 0.001 degrees each, in pixels; rounding at the edges evens out.
    expect(pixels[0] / ((1000 * 0.00054 * 0.001) / 2 / 0.0000898 ** 2)).toBeCloseTo(1, 1);
    expect(outside).toBe(0);
    expect(ms).toBeLessThan(3000);
    expect(turns).toBeGreaterThan(3);
  });

  test('rows beyond the raster are counted strip by strip', async () => {
    const side = 0.0000898;
    const [west, south, top] = [25 + 10 * side, -15 - 1.5 * side * 1e-6, -15 + 2000 * side];
    const square = [
      [west, south],
      [west + 3 * side, south],
      [west + 3 * side, top],
      [west, top],
      [west, south],
    ];
    const [{ outside }] = await timed([[square as Position[]], [square as Position[]]]);
    expect(Math.abs(outside - 6000)).toBeLessThanOrEqual(3);
  });

  test('it ends when nobody waits any more', async () => {
    const gone = AbortSignal.abort();
    const found = polygonHistogram(await absent(), 1, [triangle(25.5, -16, -15.5)], { signal: gone });
    await expect(found).rejects.toBe(gone.reason);
  });
});

describe('polygons that cannot be used', () => {
  const square = (lon: number, lat: number, side: number) => [
    [
      [lon, lat],
      [lon + side, lat],
      [lon + side, lat + side],
      [lon, lat + side],
      [lon, lat],
    ],
  ];
  const cases: [string, unknown, RegExp][] = [
    ['no GeoJSON', 'x', /GeoJSON/],
    ['null', null, /GeoJSON/],
    ['a line', { type: 'LineString', coordinates: [] }, /GeoJSON/],
    ['an open ring', { type: 'Polygon', coordinates: [square(0, 0, 1)[0].slice(0, 4)] }, /open/],
    [
      'a crossing ring',
      {
        type: 'Polygon',
        coordinates: [
          [
            [0, 0],
            [1, 1],
            [1, 0],
            [0, 1],
            [0, 0],
          ],
        ],
      },
      /crosses itself/,
    ],
    ['beyond the world', { type: 'Polygon', coordinates: square(179.5, 0, 1) }, /longitude/],
    [
      'over the 180th meridian',
      {
        type: 'Polygon',
        coordinates: [
          [
            [-179, 0],
            [179, 0],
            [179, 1],
            [-179, 1],
            [-179, 0],
          ],
        ],
      },
      /180th meridian/,
    ],
    [
      'numbers that are none',
      {
        type: 'Polygon',
        coordinates: [
          [
            [NaN, 0],
            [1, 0],
            [1, 1],
            [NaN, 0],
          ],
        ],
      },
      /expected number/,
    ],
    [
      'too many vertices',
      { type: 'MultiPolygon', coordinates: Array.from({ length: 600 }, (_, i) => star([i / 10, 0], 0.01, 20)[0]) },
      /vertices/,
    ],
  ];
  for (const [name, input, message] of cases)
    test(name, () => {
      expect(() => statisticsPolygons(input)).toThrow(message);
    });
});
