import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { DecodedBlocks } from '#shared/raster/decoded-blocks.ts';
import { fileSource } from '#shared/raster/file-source.ts';
import { openRaster } from '#shared/raster/raster.ts';
import { readOntoGrid } from '#shared/raster/warp.ts';
import { readAligned } from './aligned-read.ts';

const at = (name: string) => fileURLToPath(new URL(`../testing/fixtures/raster/${name}`, import.meta.url));
const scene = '../../samples/season-flanders-2019/31/U/ES/2019/3/S2_31UES_20190317_0_L2A';
const sceneBand = (name: string) => fileURLToPath(new URL(`${scene}/${name}.tif`, import.meta.url));

interface Warp {
  file: string;
  epsg: number;
  originX: number;
  originY: number;
  pixelSize: number;
  width: number;
  height: number;
  band: number;
  expected: string;
}
const { warps } = JSON.parse(readFileSync(at('expected.json'), 'utf8')) as { warps: Warp[] };

const shareBlocks = (band: string) => openRaster(fileSource(sceneBand(band)), undefined, new DecodedBlocks(2 ** 26));

describe('a raster in the CRS of the grid', () => {
  const aligned = warps.filter(({ file, epsg, band }) => file === `zone${epsg % 100}.tif` && band === 1);

  test('there are fixtures of it', () => expect(aligned.length).toBeGreaterThan(1));

  test.each(aligned)('at $pixelSize m is what gdalwarp -r near -et 0 makes of it', async (warp) => {
    const samples = await readAligned(await openRaster(fileSource(at(warp.file))), warp);
    const bytes = gunzipSync(readFileSync(at(warp.expected)));
    expect(Array.from(samples!)).toEqual(Array.from({ length: bytes.length / 2 }, (_, i) => bytes.readUInt16LE(2 * i)));
  });

  // The general reader is judged by gdalwarp: over the edges, off the lines, finer, coarser, one pixel.
  test.each([
    [574680, 5622440, 10, 64, 64],
    [574690, 5622430, 10, 30, 20],
    [574600, 5622500, 10, 90, 90],
    [574687, 5622433, 10, 70, 3],
    [574640, 5622480, 40, 20, 20],
    [575300, 5621820, 10, 9, 8],
    [575309, 5621811, 10, 1, 1],
  ])('from %d, %d at %d m, %d x %d, is read as onto any grid', async (originX, originY, pixelSize, width, height) => {
    const window = { epsg: 32631, originX, originY, pixelSize, width, height };
    for (const band of ['B03', 'B05', 'SCL']) {
      const raster = await openRaster(fileSource(sceneBand(band)));
      const expected = await readOntoGrid(raster, window);
      expect(await readAligned(raster, window), band).toEqual(expected);
      const south = originY - height * pixelSize;
      for (const shared of [south, south - 200])
        expect(await readAligned(await shareBlocks(band), { ...window, south: shared }), band).toEqual(expected);
    }
  });
});

test.each([
  ['another CRS', { epsg: 32632, originX: 280000, originY: 5622440 }],
  ['a place where the raster is not', { epsg: 32631, originX: 474680, originY: 5622440 }],
])('%s is left to the general reader', async (_name, place) => {
  const raster = await openRaster(fileSource(sceneBand('B03')));
  expect(await readAligned(raster, { ...place, pixelSize: 10, width: 8, height: 8 })).toBeNull();
});
