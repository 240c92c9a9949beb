import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { gdalTest, hasGdal, runPython } from '#shared/testing/fixtures/cog/gdal.ts';
import { decodeBlock } from './decode-block.ts';
import { fileSource } from './file-source.ts';
import { blockInflater } from './inflate/block-inflater.ts';
import { InflatePool } from './inflate/inflate-pool.ts';
import { openRaster } from './raster.ts';
import { bytesOf } from './samples.ts';

/** Files of 700 x 600 pixels in tiles of 512, as GDAL writes them, and beside them their pixels, band after band. */
const make = `
import sys
import numpy as np
from osgeo import gdal, osr

folder = sys.argv[1]
kinds = {
    "uint16": (np.uint16, 1, ["PREDICTOR=2"]),
    "uint8": (np.uint8, 1, ["PREDICTOR=2"]),
    "int16": (np.int16, 1, ["PREDICTOR=2"]),
    "int32": (np.int32, 1, ["PREDICTOR=2"]),
    "plain": (np.uint16, 1, ["PREDICTOR=1"]),
    "big-endian": (np.uint16, 1, ["PREDICTOR=2", "ENDIANNESS=BIG"]),
    "pixel": (np.uint16, 3, ["PREDICTOR=2", "INTERLEAVE=PIXEL"]),
    "planar": (np.uint8, 3, ["PREDICTOR=2", "INTERLEAVE=BAND"]),
    "float": (np.float32, 1, ["PREDICTOR=3"]),
    "raw-big-endian": (np.uint16, 1, ["COMPRESS=NONE", "ENDIANNESS=BIG"]),
}
random = np.random.default_rng(3)
utm = osr.SpatialReference()
utm.ImportFromEPSG(32631)
types = {np.uint16: 2, np.uint8: 1, np.int16: 3, np.int32: 5, np.float32: 6}
for name, (dtype, bands, options) in kinds.items():
    smooth = np.add.outer(np.arange(600) * 7, np.arange(700) * 3)
    image = np.stack([smooth + random.integers(0, 90, smooth.shape) for _ in range(bands)]).astype(dtype)
    options = options + ["TILED=YES", "BLOCKXSIZE=512", "BLOCKYSIZE=512", "COMPRESS=DEFLATE"]
    file = gdal.GetDriverByName("GTiff").Create(f"{folder}/{name}.tif", 700, 600, bands, types[dtype], options)
    file.SetGeoTransform((500000, 10, 0, 5600000, 0, -10))
    file.SetProjection(utm.ExportToWkt())
    for band in range(bands):
        file.GetRasterBand(band + 1).WriteArray(image[band])
    del file
    image.tofile(f"{folder}/{name}.raw")
`;
const names = ['uint16', 'uint8', 'int16', 'int32', 'plain', 'big-endian', 'pixel', 'planar', 'float'];

const folder = mkdtempSync(join(tmpdir(), 'geocrop-blocks-'));
beforeAll(async () => {
  if (hasGdal()) await runPython(['-c', make, folder]);
});
afterEach(() => void vi.restoreAllMocks());
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Waits for the threads, which start once blocks have been decoded. */
async function threadsAreReady(): Promise<void> {
  for (let waited = 0; blockInflater(2 ** 23, 1) === null; waited += 10) {
    if (waited > 20_000) throw new Error('the threads do not start');
    await sleep(10);
  }
}

async function expectGdals(name: string, source = fileSource(join(folder, `${name}.tif`))): Promise<void> {
  const raster = await openRaster(source);
  const raw = readFileSync(join(folder, `${name}.raw`));
  const size = raw.length / raster.bands;
  for (let band = 1; band <= raster.bands; band++) {
    const theirs = raw.subarray((band - 1) * size, band * size);
    const all = await raster.readWindow({ band, col: 0, row: 0, width: 700, height: 600 });
    expect(bytesOf(all).equals(theirs)).toBe(true);
    const top = await raster.readWindow({ band, col: 0, row: 0, width: 700, height: 5 });
    expect(bytesOf(top).equals(theirs.subarray(0, (5 * size) / 600))).toBe(true);
  }
}

describe('pixels are those that GDAL wrote', () => {
  for (const name of names) gdalTest(`${name}, at first by zlib`, () => expectGdals(name));
  for (const name of names)
    gdalTest(`${name}, by the threads`, async () => {
      await threadsAreReady();
      const inflate = vi.spyOn(InflatePool.prototype, 'inflate');
      await expectGdals(name);
      expect(inflate.mock.results.length).toBeGreaterThan(3);
      await Promise.all(inflate.mock.results.map(({ value }) => value as Promise<unknown>));
    });
});

gdalTest('what lies in memory is not changed by turning its bytes round', async () => {
  const file = readFileSync(join(folder, 'raw-big-endian.tif'));
  const read = async (offset: number, length: number) => file.subarray(offset, offset + length);
  const source = { name: 'memory', size: async () => file.length, read };
  for (let i = 0; i < 2; i++) await expectGdals('raw-big-endian', source);
});

describe('by the threads', () => {
  gdalTest('what is decoded is its own, and stays as it is', async () => {
    await threadsAreReady();
    const { layout, readRawTile } = await openRaster(fileSource(join(folder, 'uint16.tif')));
    const tile = (await readRawTile(1, 0, 0))!;
    const first = await decodeBlock(layout, tile, 0);
    const before = bytesOf(first.slice());
    for (let i = 0; i < 20; i++) await decodeBlock(layout, (await readRawTile(1, 1, 0))!, 0);
    expect(first.buffer).toBeInstanceOf(ArrayBuffer);
    expect(bytesOf(first).equals(before)).toBe(true);
  });

  gdalTest('a damaged block is refused as it is by zlib', async () => {
    await threadsAreReady();
    const { layout, readRawTile } = await openRaster(fileSource(join(folder, 'uint16.tif')));
    const tile = (await readRawTile(1, 0, 0))!;
    await expect(decodeBlock(layout, tile.subarray(0, 1000), 0)).rejects.toThrow('unexpected end of file');
    const wrong = Uint8Array.from(tile);
    wrong[wrong.length - 1] ^= 1;
    await expect(decodeBlock(layout, wrong, 0)).rejects.toThrow('incorrect data check');
    const path = join(folder, 'damaged.tif');
    const file = readFileSync(join(folder, 'uint16.tif'));
    file.fill(0xff, layout.offsets[0] + 200, layout.offsets[0] + 300);
    writeFileSync(path, file);
    const damaged = await openRaster(fileSource(path));
    const reading = damaged.readWindow({ col: 0, row: 0, width: 700, height: 600 });
    await expect(reading).rejects.toMatchObject({ code: 'broken-scene' });
    await expect(reading).rejects.toThrow('block 0,0 is damaged');
  });
});

test('a block that is small is left to zlib', () => {
  expect(blockInflater(1000, 500)).toBeNull();
});
