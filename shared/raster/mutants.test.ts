import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { GeoCropError } from '#shared/domain/errors.ts';
import { mutant } from '#shared/testing/mutant.ts';
import { randomNumbers } from '#shared/testing/random-numbers.ts';
import { openRaster } from './raster.ts';
import type { ByteSource } from './source.ts';
import { readOntoGrid } from './warp.ts';

const fixture = (name: string) => fileURLToPath(new URL(`../testing/fixtures/raster/${name}`, import.meta.url));

function memorySource(bytes: Uint8Array): ByteSource {
  return {
    name: 'memory.tif',
    size: async () => bytes.length,
    read: async (offset, length) => {
      if (offset < 0 || offset + length > bytes.length) throw new Error(`unchecked read of ${offset}+${length}`);
      return bytes.slice(offset, offset + length);
    },
  };
}

async function readAll(bytes: Uint8Array): Promise<'pixels' | 'refused'> {
  try {
    const raster = await openRaster(memorySource(bytes));
    for (const level of [raster, ...raster.overviews]) {
      const [width, height] = [Math.min(level.width, 256), Math.min(level.height, 256)];
      const samples = await level.readWindow({ band: raster.bands, col: 0, row: 0, width, height });
      expect(samples.length).toBe(width * height);
    }
    const grid = { epsg: 32630, originX: 463500, originY: 5619500, pixelSize: 10, width: 64, height: 64 };
    expect((await readOntoGrid(raster, grid)).length).toBe(64 * 64);
    return 'pixels';
  } catch (error) {
    if (error instanceof GeoCropError && error.code === 'broken-scene' && error.message.includes('memory.tif'))
      return 'refused';
    throw error;
  }
}

const originals = ['deflate-predictor.tif', 'lzw-predictor.tif', 'packbits.tif', 'zstd-predictor.tif', 'AOT.tif', 'bigtiff.tif', 'bigtiff-big-endian.tif', 'float-pixel.tif', 'bytes-planar.tif', 'laea.tif']; // prettier-ignore

describe('damaged files end in pixels or in a refusal that names them', () => {
  test.each(originals)('%s', async (name) => {
    const original = new Uint8Array(readFileSync(fixture(name)));
    expect(await readAll(original)).toBe('pixels');
    const random = randomNumbers(20_240_601);
    const counts = { pixels: 0, refused: 0 };
    for (let i = 0; i < 100; i++) {
      const started = performance.now();
      counts[await readAll(mutant(original, random))]++;
      expect(performance.now() - started).toBeLessThan(2000);
    }
    expect(counts.pixels).toBeGreaterThan(0);
    expect(counts.refused).toBeGreaterThan(5);
  });
});

/** A TIFF of one directory that is put together by hand; entries are [tag, type, count, value]. */
function handmade(entries: readonly (readonly number[])[], next = 0): Uint8Array {
  const view = new DataView(new ArrayBuffer(8 + 2 + 12 * entries.length + 4));
  view.setUint16(0, 0x4949);
  view.setUint16(2, 42, true);
  view.setUint32(4, 8, true);
  view.setUint16(8, entries.length, true);
  entries.forEach(([tag, type, count, value], i) => {
    view.setUint16(10 + 12 * i, tag, true);
    view.setUint16(12 + 12 * i, type, true);
    view.setUint32(14 + 12 * i, count, true);
    view.setUint32(18 + 12 * i, value, true);
  });
  view.setUint32(10 + 12 * entries.length, next, true);
  return new Uint8Array(view.buffer);
}

const image = (width: number, height: number, strips: readonly number[]) => [
  [256, 4, 1, width],
  [257, 4, 1, height],
  [258, 3, 1, 16],
  strips,
];

/** A file with so many overviews like its image, whose lists of blocks, all the same one, have so many entries. */
function crowded(original: Uint8Array, overviews: number, length: number): Uint8Array {
  const start = new DataView(original.buffer, original.byteOffset);
  const first = start.getUint32(4, true);
  const entries = start.getUint16(first, true);
  const [list, size] = [original.length, 2 + 12 * (entries + 1) + 4];
  const bytes = new Uint8Array(list + 4 * length + (overviews + 1) * size);
  const view = new DataView(bytes.buffer);
  const put = (at: number, tag: number, count: number, value: number) => {
    view.setUint16(at, tag, true);
    view.setUint16(at + 2, 4, true);
    view.setUint32(at + 4, count, true);
    view.setUint32(at + 8, value, true);
  };
  bytes.set(original);
  view.setUint32(4, list + 4 * length, true);
  for (let i = 0; i < length; i++) view.setUint32(list + 4 * i, 8, true);
  for (let n = 0; n <= overviews; n++) {
    const at = list + 4 * length + n * size;
    const end = at + size - 4;
    view.setUint16(at, entries + 1, true);
    bytes.set(original.subarray(first + 2, first + 2 + 12 * entries), at + 2);
    for (let entry = at + 2; entry < end; entry += 12) {
      const tag = view.getUint16(entry, true);
      if (tag === 273 || tag === 279) put(entry, tag, length, list);
    }
    put(end - 12, 254, 1, n === 0 ? 0 : 1);
    view.setUint32(end, n === overviews ? 0 : end + 4, true);
  }
  return bytes;
}

describe('many overviews with long lists of blocks', () => {
  test('take no more room than they have blocks', async () => {
    const original = new Uint8Array(readFileSync(fixture('raw-strips.tif')));
    const { overviews, layout } = await openRaster(memorySource(crowded(original, 63, 2 ** 18)));
    expect(overviews).toHaveLength(63);
    const lists = [layout, ...overviews.map((level) => level.layout)].flatMap((each) => [
      each.offsets,
      each.byteCounts,
    ]);
    expect(new Set(lists.map(({ length }) => length))).toEqual(new Set([layout.blocksDown]));
  });

  test('are refused where they have more blocks than any image', async () => {
    const lines = [...image(1, 2 ** 18, [278, 4, 1, 1]), [273, 4, 1, 8], [279, 4, 1, 8]];
    lines[2] = [258, 3, 1, 8];
    const opening = openRaster(memorySource(crowded(handmade(lines), 62, 2 ** 18)));
    await expect(opening).rejects.toThrow('it claims 262144 blocks');
  });
});

describe('hostile files by design', () => {
  const text = (content: string) => new TextEncoder().encode(content);
  test.each([
    ['empty', new Uint8Array(), 'the file is empty'],
    ['two bytes', text('II'), 'no TIFF'],
    ['a bare header', handmade([]).subarray(0, 8), 'outside of the file'],
    ['zeros', new Uint8Array(100), 'filled with zero bytes'],
    ['HTML', text('<!DOCTYPE html><html><body>Not found</body></html>'), 'a web page (HTML)'],
    ['XML', text('<?xml version="1.0"?><Error><Code>NoSuchKey</Code></Error>'), 'an XML document'],
    ['JSON', text('{"message": "Forbidden"}'), 'a JSON document'],
    ['a Git LFS pointer', text('version https://git-lfs.github.com/spec/v1'), 'a Git LFS pointer'],
    ['no tags', handmade([]), 'claims 0 tags'],
    ['a loop', handmade([[256, 4, 1, 5]], 8), 'form a loop'],
    ['a tag beyond the end', handmade([[273, 4, 0x40000000, 8]]), 'outside of the file'],
    ['no size', handmade([[258, 3, 1, 16]]), 'claims 0 x 0 pixels'],
    ['huge sides', handmade(image(0xffffffff, 0xffffffff, [278, 4, 1, 1])), 'claims 4294967295 x 4294967295 pixels'],
    ['a huge strip', handmade(image(1_000_000, 1_000_000, [278, 4, 1, 1_000_000])), 'are larger than'],
    ['too many strips', handmade(image(1, 1_048_576, [277, 3, 1, 2])), 'missing or too short'],
    ['16-bit complex', handmade([...image(5, 5, [278, 4, 1, 1]), [339, 3, 1, 5]]), 'of a kind that is not supported'],
  ])('%s', async (_, bytes, reason) => {
    const error = await openRaster(memorySource(bytes)).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(GeoCropError);
    expect((error as GeoCropError).message).toContain(reason);
    expect((error as GeoCropError).message).toContain('memory.tif');
  });
});
