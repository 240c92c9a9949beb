import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { gdalTest, inspectCog } from '#shared/testing/fixtures/cog/gdal.ts';
import { levelOf, type Field } from '#shared/testing/fixtures/cog/fields.ts';
import { writeCog } from './cog-writer.ts';
import { OverviewLevels } from './overview-levels.ts';
import { OverviewPyramid, reduceClassPlanes, reduceMeanPlanes, type OverviewTile } from './overview-pyramid.ts';
import { decodeTile, type TileForm } from './tile-encode.ts';

const byte: TileForm = { dtype: 'uint8', predictor: 2, nodata: 0 };
const float: TileForm = { dtype: 'float32', predictor: 3, nodata: NaN };
const tile = (value: number) => new Uint8Array(512 * 512).fill(value);

function pyramid(width: number, height: number) {
  const seen: OverviewTile[] = [];
  const options = { width, height, planes: 2, form: byte, reduce: reduceClassPlanes };
  return { seen, builder: new OverviewPyramid({ ...options, emit: (made) => void seen.push(made) }) };
}

const names = (tiles: OverviewTile[]) => tiles.map(({ level, col, row }) => `${level}/${col}/${row}`);

describe('the pyramid', () => {
  test('a tile comes out as soon as its last child went in', async () => {
    const { seen, builder } = pyramid(1536, 1024);
    await builder.add(0, 0, [tile(1), tile(10)]);
    await builder.add(1, 1, [tile(4), tile(40)]);
    await builder.add(2, 0, [tile(3), tile(30)]);
    await builder.add(1, 0, null);
    expect(names(seen)).toEqual([]);
    await builder.add(0, 1, [tile(2), tile(20)]);
    await vi.waitFor(() => expect(names(seen)).toEqual(['1/0/0']));
    await builder.finish();
    expect(names(seen)).toEqual(['1/0/0', '1/1/0', '2/0/0']);
  });

  test('tiles land in their quarter, absent ones and the space beyond the edge are nodata', async () => {
    const { seen, builder } = pyramid(1536, 1024);
    for (const [col, row, value] of [
      [2, 1, 6],
      [0, 1, 2],
      [0, 0, 1],
      [1, 1, 4],
    ])
      await builder.add(col, row, [tile(value), tile(value * 10)]);
    await builder.finish();
    const at = async (made: OverviewTile, plane: number, x: number, y: number) =>
      (await decodeTile(made.planes[plane], byte))[y * 512 + x];
    const [first, second, top] = seen;
    expect(await at(first, 0, 0, 0)).toBe(1);
    expect(await at(first, 1, 255, 511)).toBe(20);
    expect(await at(first, 0, 256, 255)).toBe(0);
    expect(await at(first, 1, 256, 256)).toBe(40);
    expect(await at(second, 0, 255, 256)).toBe(6);
    expect(await at(second, 0, 256, 256)).toBe(0);
    expect(await at(top, 1, 256, 128)).toBe(60);
    expect(await at(top, 1, 383, 255)).toBe(60);
    expect(await at(top, 1, 384, 255)).toBe(0);
  });

  test('any order gives the same bytes', async () => {
    const run = async (order: number[]) => {
      const { seen, builder } = pyramid(1024, 1024);
      for (const i of order) await builder.add(i % 2, i >> 1, [tile(i + 1), tile(i + 50)]);
      return seen;
    };
    expect(await run([3, 1, 0, 2])).toEqual(await run([0, 1, 2, 3]));
  });

  test('tiles that were halved before give what is above them, and nothing below', async () => {
    const options = { width: 2560, height: 1024, planes: 1, form: byte, reduce: reduceMeanPlanes(0), halvings: 2 };
    const seen: OverviewTile[] = [];
    const builder = new OverviewPyramid({ ...options, emit: (made) => void seen.push(made) });
    for (let i = 9; i >= 0; i--)
      if (i !== 3) await builder.add(i % 5, Math.floor(i / 5), [new Uint8Array(128 * 128).fill(10 * (i + 1))]);
    await builder.finish();
    expect(names(seen)).toEqual(['2/1/0', '2/0/0', '3/0/0']);
    const [right, left, top] = await Promise.all(seen.map(({ planes }) => decodeTile(planes[0], byte)));
    const at = (x: number, y: number) => y * 512 + x;
    expect([left[at(0, 0)], left[at(128, 127)], left[at(383, 128)], left[at(511, 255)]]).toEqual([10, 20, 80, 90]);
    expect([left[at(384, 127)], left[at(0, 256)], right[at(127, 127)], right[at(128, 0)]]).toEqual([0, 0, 50, 0]);
    expect([top[at(63, 64)], top[at(64, 63)], top[at(256, 0)], top[at(256, 127)], top[at(320, 0)]]).toEqual([
      60, 20, 50, 100, 0,
    ]);
  });

  test('one chunk has no overviews; nothing but nodata gives sparse tiles', async () => {
    const one = pyramid(512, 512);
    await one.builder.add(0, 0, [tile(1), tile(1)]);
    await one.builder.finish();
    expect(one.seen).toEqual([]);
    const none = pyramid(1024, 512);
    await none.builder.finish();
    expect(none.seen).toEqual([{ level: 1, col: 0, row: 0, planes: [new Uint8Array(0), new Uint8Array(0)] }]);
  });

  test('a tile twice, a tile outside and a missing plane are refused', async () => {
    const { builder } = pyramid(1024, 512);
    await builder.add(0, 0, null);
    await expect(builder.add(0, 0, null)).rejects.toThrow(/twice/);
    await expect(builder.add(2, 0, null)).rejects.toThrow(/no tile 2\/0/);
    await expect(builder.add(1, 0, [tile(1)])).rejects.toThrow(/1 planes/);
  });

  test('means of floats', async () => {
    const seen: OverviewTile[] = [];
    const options = { width: 1024, height: 512, planes: 1, form: float, reduce: reduceMeanPlanes(NaN) };
    const builder = new OverviewPyramid({ ...options, emit: (made) => void seen.push(made) });
    await builder.add(0, 0, [Float32Array.from({ length: 512 * 512 }, (_, i) => i % 2)]);
    await builder.finish();
    const pixels = await decodeTile(seen[0].planes[0], float);
    expect([pixels[0], pixels[255], pixels[256]]).toEqual([0.5, 0.5, NaN]);
  });

  test('levels are refused while a tile is missing', async () => {
    expect(() => new OverviewLevels(1024, 512, 2).levels()).toThrow(/never made/);
    const overviews = new OverviewLevels(2048, 512, 1);
    await overviews.put({ level: 2, col: 0, row: 0, planes: [Uint8Array.of(1)] });
    expect(overviews.levels(2).map(({ width, sizes }) => [width, sizes])).toEqual([[512, [1]]]);
    expect(() => overviews.levels()).toThrow('tile 0 of overview 1 was never made');
  });
});

gdalTest('a map with its overviews, through to GDAL', async () => {
  const [width, height] = [1536, 1024];
  const chunk = (i: number) => (i === 4 ? null : [tile(1 + i), tile(10 * i + 5)]);
  const fields: Field[] = [0, 1].map(() => ({ width, height, data: new Uint8Array(width * height) }));
  const overviews = new OverviewLevels(width, height, 2);
  const options = { width, height, planes: 2, form: byte, reduce: reduceClassPlanes };
  const builder = new OverviewPyramid({ ...options, emit: (made) => overviews.put(made) });
  for (let i = 0; i < 6; i++) {
    const planes = chunk(i);
    await builder.add(i % 3, Math.floor(i / 3), planes);
    for (let y = 0; y < 512; y++)
      for (const plane of [0, 1])
        fields[plane].data.fill(
          planes?.[plane][0] ?? 0,
          (Math.floor(i / 3) * 512 + y) * width + (i % 3) * 512,
          (Math.floor(i / 3) * 512 + y) * width + (i % 3) * 512 + 512,
        );
  }
  const folder = mkdtempSync(join(tmpdir(), 'pyramid-'));
  try {
    const path = join(folder, 'map.tif');
    const parts: Uint8Array[] = [];
    await writeCog(
      {
        window: { epsg: 32631, originX: 0, originY: 0, pixelSize: 10, width, height },
        dtype: 'uint8',
        bands: [{ name: 'class' }, { name: 'confidence' }],
        nodata: 0,
        predictor: 2,
      },
      [await levelOf(fields, byte), ...overviews.levels()],
      { write: async (bytes) => void parts.push(bytes) },
    );
    writeFileSync(path, Buffer.concat(parts));
    expect(await inspectCog(path, path)).toMatchObject({ warnings: [], errors: [] });
    const top = [0, 1, 2].map((col) =>
      [0, 1].map((row) => readFileSync(`${path}-2-2.raw`)[(row * 128 + 64) * 384 + col * 128 + 64]),
    );
    expect(top).toEqual([
      [5, 35],
      [15, 0],
      [25, 55],
    ]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
