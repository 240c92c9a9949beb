import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { fileSource } from '#shared/raster/file-source.ts';
import type { ByteSource } from '#shared/raster/source.ts';
import { gdalTest, runPython } from '#shared/testing/fixtures/cog/gdal.ts';
import { workFolder } from '#shared/testing/work-folder.ts';
import { overviewReader } from './preview-reader.ts';

const folder = workFolder('preview-reader');

/** A band of 2048 x 2048 pixels of 10 m in UTM, with overviews of other values than its own, or with none. */
const make = `
import sys, numpy
from osgeo import gdal, osr
gdal.UseExceptions()
path, overviews = sys.argv[1], sys.argv[2] == '1'
r = osr.SpatialReference(); r.ImportFromEPSG(32736)
d = gdal.GetDriverByName('GTiff').Create(path, 2048, 2048, 1, gdal.GDT_UInt16, ['TILED=YES', 'COMPRESS=DEFLATE'])
d.SetProjection(r.ExportToWkt()); d.SetGeoTransform([300000, 10, 0, 8020000, 0, -10])
y, x = numpy.mgrid[0:2048, 0:2048]
d.GetRasterBand(1).WriteArray((x * 7 + y * 3 + (x * y) % 251).astype('uint16') + 1)
if overviews: d.BuildOverviews('AVERAGE', [2, 4, 8])
`;
const warp = `
import sys
from osgeo import gdal
gdal.UseExceptions()
path, out, level, size = sys.argv[1], sys.argv[2], sys.argv[3], float(sys.argv[4])
# The overview alone, placed as GDAL places it, then warped without any of its own choice.
d = gdal.Open(path) if level == 'NONE' else gdal.OpenEx(path, open_options=['OVERVIEW_LEVEL=%sonly' % level])
box = [301040, 8020000 - 100 * size - 80, 301040 + 110 * size, 8020000 - 80]
w = gdal.Warp('', d, format='MEM', outputBounds=box, xRes=size, yRes=size, resampleAlg='near', errorThreshold=0)
w.ReadAsArray().tofile(out)
`;

const asset = (href: string) => ({ href, scale: 1, offset: 0, shape: null, identity: href });
const windowOf = (pixelSize: number) => ({
  epsg: 32736,
  originX: 301_040,
  originY: 8_020_000 - 80,
  pixelSize,
  width: 110,
  height: 100,
});

describe('reads for a preview', () => {
  gdalTest('take the coarsest overview that is as fine as the pixels, by nearest neighbour', async () => {
    const path = join(folder, 'with.tif');
    await runPython(['-c', make, path, '1']);
    for (const [pixelSize, level] of [
      [20, '0'],
      [40, '1'],
      [80, '2'],
      [160, '2'],
    ] as const) {
      const out = join(folder, `${pixelSize}.raw`);
      await runPython(['-c', warp, path, out, level, String(pixelSize)]);
      const read = overviewReader((href) => fileSource(href));
      const samples = Array.from(await read(asset(path), windowOf(pixelSize)));
      const raw = readFileSync(out);
      const expected = Array.from({ length: raw.length / 2 }, (_, i) => raw.readUInt16LE(2 * i));
      expect(samples.length).toBe(expected.length);
      expect(samples.filter((value, i) => value !== expected[i]).length).toBe(0);
    }
  });

  gdalTest('read few bytes of a large file; one without overviews is refused where much would be read', async () => {
    const path = join(folder, 'with.tif');
    await runPython(['-c', make, path, '1']);
    let bytes = 0;
    const counting = (href: string): ByteSource => {
      const source = fileSource(href);
      const read: ByteSource['read'] = (offset, length, signal) => {
        bytes += length;
        return source.read(offset, length, signal);
      };
      return { ...source, read };
    };
    await overviewReader(counting)(asset(path), windowOf(80));
    const all = readFileSync(path).length;
    expect(bytes).toBeLessThan(all / 5);
    const without = join(folder, 'without.tif');
    await runPython(['-c', make, without, '0']);
    const read = overviewReader((href) => fileSource(href));
    await expect(read(asset(without), windowOf(80))).resolves.toHaveLength(11_000);
    const wide = { ...windowOf(160), originX: 300_000, originY: 8_020_000, width: 128, height: 128 };
    await expect(read(asset(without), wide)).rejects.toMatchObject({ code: 'broken-scene' });
  });

  test('a file that is not there is an error, not a picture of nothing', async () => {
    const read = overviewReader((href) => fileSource(href));
    await expect(read(asset(join(folder, 'nothing.tif')), windowOf(40))).rejects.toMatchObject({
      code: 'broken-scene',
    });
  });
});
