import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { GeoCropError } from '#shared/domain/errors.ts';
import { fileSource } from './file-source.ts';
import { openRaster } from './raster.ts';
import type { Samples } from './samples.ts';

const fixture = (name: string) => fileURLToPath(new URL(`../testing/fixtures/raster/${name}`, import.meta.url));
const open = (name: string) => openRaster(fileSource(fixture(name)));
const digest = (samples: Samples) =>
  createHash('sha256')
    .update(new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength))
    .digest('hex');

interface Expected {
  windows: { file: string; band: number; col: number; row: number; width: number; height: number; level: number; sha256: string }[]; // prettier-ignore
  layouts: { file: string; width: number; height: number; bands: number; dtype: string; nodata: number | 'NaN' | null; transform: number[]; block: number[]; overviews: number[][] }[]; // prettier-ignore
}
const expected = JSON.parse(readFileSync(fixture('expected.json'), 'utf8')) as Expected;

describe('pixels are those that GDAL reads', () => {
  test.each(expected.windows)('$file band $band level $level $col,$row $width x $height', async (window) => {
    const raster = await open(window.file);
    const level = window.level === 0 ? raster : raster.overviews[window.level - 1];
    const samples = await level.readWindow(window);
    expect(samples.length).toBe(window.width * window.height);
    expect(digest(samples)).toBe(window.sha256);
  });
});

test.each([0, 1])('a file that is kept in memory stays as it is, read twice, from byte %i of it on', async (start) => {
  for (const file of new Set(expected.windows.map((window) => window.file))) {
    const original = readFileSync(fixture(file));
    const kept = Buffer.concat([Buffer.alloc(start), original]).subarray(start);
    const read = async (offset: number, length: number) => kept.subarray(offset, offset + length);
    const raster = await openRaster({ name: file, size: async () => kept.length, read });
    const windows = expected.windows.filter((window) => window.file === file);
    for (const window of [...windows, ...windows]) {
      const level = window.level === 0 ? raster : raster.overviews[window.level - 1];
      expect(digest(await level.readWindow(window)), file).toBe(window.sha256);
    }
    expect(kept.equals(original), file).toBe(true);
  }
});

describe('geometry is that which GDAL reads', () => {
  test.each(expected.layouts)('$file', async (layout) => {
    const raster = await open(layout.file);
    const { originX, originY, pixelWidth, pixelHeight } = raster.transform;
    expect([originX, originY, pixelWidth, pixelHeight]).toEqual(layout.transform);
    expect([raster.layout.blockWidth, raster.layout.blockHeight]).toEqual(layout.block);
    expect(raster.overviews.map(({ width, height }) => [width, height])).toEqual(layout.overviews);
    const { width, height, bands, dtype, nodata } = raster;
    expect({ width, height, bands, dtype, nodata }).toEqual({
      width: layout.width,
      height: layout.height,
      bands: layout.bands,
      dtype: layout.dtype,
      nodata: layout.nodata === 'NaN' ? NaN : layout.nodata,
    });
  });
});

describe('coordinate reference systems', () => {
  test.each([
    ['SCL.tif', 32629],
    ['bng.tif', 27700],
    ['utm30.tif', 32630],
    ['degrees.tif', 4326],
    ['laea.tif', null],
  ])('%s is EPSG:%s', async (name, epsg) => {
    expect((await open(name)).crs.epsg).toBe(epsg);
  });

  test('a projection of the file itself is that which gdalsrsinfo names', async () => {
    const { proj4 } = (await open('laea.tif')).crs;
    expect(proj4).toMatch(/^\+proj=laea \+lat_0=50.72 \+lon_0=-3.51 \+x_0=0 \+y_0=0 .*WGS84 \+units=m/);
  });
});

describe('raw tiles', () => {
  test('are the bytes of the file, and their sum is what a window costs', async () => {
    const raster = await open('bytes-planar.tif');
    const file = readFileSync(fixture('bytes-planar.tif'));
    let sum = 0;
    for (let row = 0; row < raster.layout.blocksDown; row++)
      for (let col = 0; col < raster.layout.blocksAcross; col++) {
        const tile = await raster.readRawTile(2, col, row);
        expect(file.includes(Buffer.from(tile ?? []))).toBe(true);
        sum += tile?.length ?? 0;
      }
    const { width, height } = raster;
    expect(raster.bytesOfWindow({ band: 2, col: 0, row: 0, width, height })).toBe(sum);
  });

  test('an absent tile is null and costs nothing', async () => {
    const raster = await open('sparse.tif');
    expect(await raster.readRawTile(1, 0, 0)).toBeNull();
    expect(raster.bytesOfWindow({ col: 0, row: 0, width: 10, height: 10 })).toBe(0);
    await expect(raster.readRawTile(1, 3, 0)).rejects.toThrow('no tile 3,0');
  });
});

describe('refusals', () => {
  test.each([
    [{ col: -1, row: 0, width: 2, height: 2 }, 'is not inside'],
    [{ col: 0, row: 0, width: 76, height: 2 }, 'is not inside'],
    [{ col: 0, row: 0, width: 0, height: 2 }, 'is not inside'],
    [{ col: 0.5, row: 0, width: 2, height: 2 }, 'is not inside'],
    [{ band: 2, col: 0, row: 0, width: 2, height: 2 }, 'there is no band 2'],
  ])('of window %j', async (window, message) => {
    const raster = await open('deflate-predictor.tif');
    await expect(raster.readWindow(window)).rejects.toThrow(message);
  });

  test.each([
    ['jpeg2000.tif', 'it is no TIFF but a JPEG 2000 image'],
    ['jpeg.tif', 'compression (JPEG) is not supported'],
    ['make.py', 'it is no TIFF but of an unknown format'],
    ['missing.tif', 'there is no such file'],
  ])('of %s name the file and the reason', async (name, reason) => {
    const error = await open(name).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(GeoCropError);
    expect((error as GeoCropError).code).toBe('broken-scene');
    expect((error as GeoCropError).message).toContain(reason);
    expect((error as GeoCropError).message).toContain(fixture(name));
  });

  test('an aborted signal stops opening and reading', async () => {
    const reason = new Error('enough');
    const signal = AbortSignal.abort(reason);
    await expect(openRaster(fileSource(fixture('SCL.tif')), signal)).rejects.toBe(reason);
    const raster = await open('SCL.tif');
    await expect(raster.readWindow({ col: 0, row: 0, width: 9, height: 9 }, signal)).rejects.toBe(reason);
  });
});
