import { join } from 'node:path';
import { expect } from 'vitest';
import { createLogger } from '#shared/http/logger.ts';
import { serve } from '#shared/http/serve.ts';
import { gdalTest, runPython } from '#shared/testing/fixtures/cog/gdal.ts';
import { workFolder } from '#shared/testing/work-folder.ts';
import { harareSidecar } from './testing/harare.ts';
import { tilesFixture } from './testing/tiles-fixture.ts';

const folder = workFolder('tiles-wmts');

/** Opens the capabilities with GDAL as a person would, and compares a window with the raster itself. */
const script = `
import json, sys
import numpy
from osgeo import gdal
gdal.UseExceptions()
gdal.SetConfigOption('GDAL_DEFAULT_WMS_CACHE_PATH', sys.argv[7])
url, raster, epsg = sys.argv[1:4]
names = [each[0] for each in gdal.Open('WMTS:' + url).GetSubDatasets()]
dataset = gdal.Open('WMTS:' + url + ',tilematrixset=' + sys.argv[4])
info = gdal.Info(dataset, format='json')
x, width, _, y, _, height = dataset.GetGeoTransform()
corner = [int((v - o) / s) for v, o, s in zip(json.loads(sys.argv[5]), (x, y), (width, height))]
window = dataset.ReadAsArray(corner[0], corner[1], 300, 300)
west, north = x + corner[0] * width, y + corner[1] * height
warped = gdal.Warp('', raster, format='MEM', dstSRS='EPSG:' + epsg, resampleAlg='near', errorThreshold=0, overviewLevel='NONE', width=300, height=300, outputBounds=[west, north + 300 * height, west + 300 * width, north])
values = warped.ReadAsArray()
palette = numpy.zeros((256, 4), dtype=numpy.uint8)
for value, color in json.loads(sys.argv[6]):
    palette[value] = [int(color[i:i + 2], 16) for i in (1, 3, 5)] + [255]
expected = palette[values].transpose(2, 0, 1)
print(json.dumps({
    'names': len(names), 'bands': dataset.RasterCount, 'equal': int((window == expected).all(axis=0).sum()),
    'shown': int((values != 255).sum()), 'extent': info['wgs84Extent']['coordinates'][0],
}))
`;

gdalTest('GDAL opens the WMTS capabilities as they are, and reads the pixels of the raster', async () => {
  const { app } = await tilesFixture(folder);
  const server = await serve({
    fetch: app.fetch,
    port: 0,
    host: '127.0.0.1',
    logger: createLogger(() => {}),
    drainMs: 0,
  });
  const url = `http://127.0.0.1:${server.port}/tiles/layers/${harareSidecar.id}/wmts`;
  const raster = join(folder, 'baselines', 'dw', 'zim', 'summer', '2019.tif');
  const colours = JSON.stringify(harareSidecar.classes.map(({ value, color }) => [value, color]));
  const places: [string, string, [number, number]][] = [
    ['WebMercatorQuad', '3857', [3_459_500, -2_024_000]],
    ['WorldCRS84Quad', '4326', [31.06, -17.87]],
  ];
  try {
    for (const [set, epsg, place] of places) {
      const said = await runPython([
        '-c',
        script,
        url,
        raster,
        epsg,
        set,
        JSON.stringify(place),
        colours,
        join(folder, 'cache'),
      ]);
      const { names, bands, equal, shown, extent } = JSON.parse(said) as Record<string, number> & {
        extent: [number, number][];
      };
      expect([names, bands, equal]).toEqual([2, 4, 90_000]);
      expect(shown).toBeGreaterThan(80_000);
      // The extent that GDAL takes from the capabilities: the raster's own, to a tile.
      expect(extent[0][0]).toBeCloseTo(30.989, 1);
      expect(extent[0][1]).toBeCloseTo(-17.807, 1);
    }
  } finally {
    await server.stop('the test is over');
  }
});
