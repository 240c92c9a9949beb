import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { fileSource } from './file-source.ts';
import { openRaster } from './raster.ts';
import { sourceIndex, type ToSource } from './source-index.ts';
import { readOntoGrid, windowOnto } from './warp.ts';

const fixture = (name: string) => fileURLToPath(new URL(`../testing/fixtures/raster/${name}`, import.meta.url));
const open = (name: string) => openRaster(fileSource(fixture(name)));

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
const { warps } = JSON.parse(readFileSync(fixture('expected.json'), 'utf8')) as { warps: Warp[] };

/** proj4 and PROJ differ by 0.7 mm in the datum shift of the British grid, which may move a pixel whose centre lies on an edge. */
const datumSlack = 3;

describe('a raster on the grid is what gdalwarp -r near -et 0 makes of it', () => {
  test.each(warps)('$file onto EPSG:$epsg at $pixelSize m, band $band', async (warp) => {
    const raster = await open(warp.file);
    const samples = await readOntoGrid(raster, warp, { band: warp.band });
    const bytes = gunzipSync(readFileSync(fixture(warp.expected)));
    expect(samples.length).toBe(bytes.length / 2);
    const different = Array.from(samples).filter((value, i) => value !== bytes.readUInt16LE(2 * i)).length;
    expect(different).toBeLessThanOrEqual(warp.file === 'bng.tif' ? datumSlack : 0);
  });
});

describe('source index', () => {
  /** Curved by more pixels than any projection is over such a distance, with rows and columns mixed. */
  const curved =
    (bend: number): ToSource =>
    (x, y) => [0.5 * x + 0.11 * y + bend * x * y + 3, 0.48 * y - 0.07 * x + bend * x * x + 20];
  const brute = (to: ToSource, x: number, y: number) => {
    const [u, v] = to(x + 0.5, y + 0.5) as [number, number];
    const inside = u >= 0 && v >= 0 && u < 300 && v < 200;
    return inside ? [Math.floor(u), Math.floor(v)] : [-1, -1];
  };

  test.each([0, 1e-6, 1e-5, 1e-4, 1e-3])('interpolates without moving a pixel (bend %d)', (bend) => {
    const target = { width: 333, height: 257 };
    const index = sourceIndex(curved(bend), { width: 300, height: 200 }, target);
    const wrong = Array.from(index.cols).filter((col, i) => {
      const [u, v] = brute(curved(bend), i % target.width, Math.floor(i / target.width));
      return col !== u || index.rows[i] !== v;
    });
    expect(wrong.length).toBe(0);
  });

  test('positions without an answer are outside', () => {
    const to: ToSource = (x, y) => (x > 40 ? null : [x, y]);
    const index = sourceIndex(to, { width: 100, height: 100 }, { width: 80, height: 2 });
    expect(Array.from(index.cols.subarray(38, 42))).toEqual([38, 39, -1, -1]);
  });
});

describe('what is read', () => {
  test('a target that does not meet the source is all 0 and reads nothing', async () => {
    const raster = await open('zone31.tif');
    const far = { epsg: 32631, originX: 0, originY: 100, pixelSize: 10, width: 4, height: 3 };
    expect(windowOnto(raster, far)).toBeNull();
    expect(Array.from(await readOntoGrid(raster, far))).toEqual(new Array(12).fill(0));
  });

  test('only the source window under the target', async () => {
    const raster = await open('zone31.tif');
    const target = { epsg: 32631, originX: 806100, originY: 5651900, pixelSize: 10, width: 8, height: 6 };
    expect(windowOnto(raster, target)).toEqual({ band: undefined, col: 5, row: 5, width: 4, height: 3 });
  });

  test('overviews where the target is coarse', async () => {
    const raster = await open('SCL.tif');
    const target = { epsg: 32629, originX: 199980, originY: 2800020, pixelSize: 400, width: 4, height: 4 };
    const samples = await readOntoGrid(raster, target, { level: 1 });
    const window = await raster.overviews[0].readWindow({ col: 0, row: 0, width: 5, height: 5 });
    expect(samples[0]).toBe(window[0]);
    await expect(readOntoGrid(raster, target, { level: 2 })).rejects.toThrow('no overview 2');
  });

  test('an aborted signal stops it', async () => {
    const raster = await open('zone31.tif');
    const target = { epsg: 32632, originX: 380000, originY: 5650000, pixelSize: 10, width: 8, height: 6 };
    const reason = new Error('enough');
    await expect(readOntoGrid(raster, target, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });

  test('a target without bounds is refused', async () => {
    const raster = await open('zone31.tif');
    const huge = { epsg: 32631, originX: 0, originY: 0, pixelSize: 10, width: 1e5, height: 1e5 };
    await expect(readOntoGrid(raster, huge)).rejects.toThrow('cannot be read at once');
  });
});
