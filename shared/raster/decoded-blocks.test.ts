import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { beforeEach, expect, test, vi } from 'vitest';
import { DecodedBlocks } from './decoded-blocks.ts';
import { fileSource } from './file-source.ts';
import { openRaster } from './raster.ts';
import type { Samples } from './samples.ts';
import type { ByteSource } from './source.ts';

const fixture = (name: string) => fileURLToPath(new URL(`../testing/fixtures/raster/${name}`, import.meta.url));
interface Expected {
  windows: { file: string; band: number; col: number; row: number; width: number; height: number; level: number; sha256: string }[]; // prettier-ignore
}
const { windows } = JSON.parse(readFileSync(fixture('expected.json'), 'utf8')) as Expected;
const digest = (samples: Samples) =>
  createHash('sha256')
    .update(new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength))
    .digest('hex');

/** Counts the bytes that are read of a file, once its header is known. */
function counted(path: string): ByteSource & { bytes: number } {
  const file = fileSource(path);
  const source = {
    name: file.name,
    size: file.size,
    bytes: 0,
    read: (offset: number, length: number, signal?: AbortSignal) => {
      source.bytes += length;
      return file.read(offset, length, signal);
    },
  };
  return source;
}

const same = (samples: Samples) => samples;
let blocks: DecodedBlocks;
beforeEach(() => {
  blocks = new DecodedBlocks(2 ** 26);
});

test('windows of a file that are read at once are what GDAL reads, twice, through shared blocks', async () => {
  const files = new Set(windows.map(({ file }) => file));
  for (const file of files) {
    const raster = await openRaster(fileSource(fixture(file)), undefined, blocks);
    const wanted = windows.filter((window) => window.file === file);
    const levelOf = (level: number) => (level === 0 ? raster : raster.overviews[level - 1]);
    const read = await Promise.all([...wanted, ...wanted].map((window) => levelOf(window.level).readWindow(window)));
    expect(read.map(digest), file).toEqual([...wanted, ...wanted].map(({ sha256 }) => sha256));
  }
});

test('a block that several wait for is read once, and not again while it is kept', async () => {
  const source = counted(fixture('SCL.tif'));
  const raster = await openRaster(source, undefined, blocks);
  const window = { col: 0, row: 0, width: raster.width, height: raster.height };
  source.bytes = 0;
  await raster.readWindow(window);
  const once = source.bytes;
  expect(once).toBeGreaterThan(0);
  await Promise.all(Array.from({ length: 5 }, () => raster.readWindow(window)));
  expect(source.bytes).toBe(once);
});

test('rows that nobody wants are not decoded, and those above them once for all who say so', async () => {
  const source = counted(fixture('SCL.tif'));
  const raster = await openRaster(source, undefined, blocks);
  const { width, height, layout } = raster;
  const whole = await raster.readWindow({ col: 0, row: 0, width, height });
  const promise = vi.spyOn(blocks, 'promise');
  source.bytes = 0;
  const [upper, lower] = await Promise.all([
    raster.readWindow({ col: 0, row: 0, width, height: 3, below: 10 }),
    raster.readWindow({ col: 0, row: 3, width, height: 7, below: 10 }),
  ]);
  expect([...upper, ...lower]).toEqual([...whole.slice(0, 10 * width)]);
  const across = [...layout.byteCounts.slice(0, layout.blocksAcross)];
  expect(promise.mock.calls.map(([, bytes]) => bytes)).toEqual(across.map(() => 10 * layout.blockWidth));
  expect(source.bytes).toBe(across.reduce((sum, bytes) => sum + bytes));
  // Whoever wants more than was said gets it all the same.
  expect(await raster.readWindow({ col: 0, row: 5, width, height: height - 5, below: 10 })).toEqual(
    whole.slice(5 * width),
  );
});

/** A file of uncompressed strips, under the name that an address with a query is told by, as it is or inverted. */
async function openStrips(isInverted: boolean, shared?: DecodedBlocks) {
  const bytes = readFileSync(fixture('raw-strips.tif'));
  const { layout } = await openRaster(fileSource(fixture('raw-strips.tif')));
  if (isInverted)
    for (const [i, offset] of layout.offsets.entries())
      for (let at = offset; at < offset + layout.byteCounts[i]; at++) bytes[at] ^= 0xff;
  const read = async (offset: number, length: number) => Uint8Array.from(bytes.subarray(offset, offset + length));
  return openRaster({ name: 'https://h/get?...', size: async () => bytes.length, read }, undefined, shared);
}

test('files that bear the same name keep their own pixels', async () => {
  const window = { col: 0, row: 0, width: 20, height: 20 };
  for (const isInverted of [false, true]) {
    const shared = await (await openStrips(isInverted, blocks)).readWindow(window);
    expect(shared).toEqual(await (await openStrips(isInverted)).readWindow(window));
  }
});

test('blocks that lie at the same place of a file take no room for good', async () => {
  const { layout, width, height, readWindow } = await openStrips(false, blocks);
  layout.offsets.fill(layout.offsets[0]);
  layout.byteCounts.fill(layout.byteCounts[0]);
  await readWindow({ col: 0, row: 0, width, height: height - 1 });
  const keys = Array.from({ length: 8 }, (_, i) => `block ${i}`);
  for (const key of keys) await blocks.use(key, 2 ** 23, async () => new Uint8Array(1), same);
  expect(keys.filter(blocks.has)).toEqual(keys);
});

test('what no longer fits is read again, and a large block is not kept at all', async () => {
  const source = counted(fixture('SCL.tif'));
  const raster = await openRaster(source, undefined, new DecodedBlocks(64));
  const window = { col: 0, row: 0, width: raster.width, height: raster.height };
  source.bytes = 0;
  await raster.readWindow(window);
  const once = source.bytes;
  await raster.readWindow(window);
  expect(source.bytes).toBe(2 * once);
});

test('the oldest go first, and what failed is forgotten', async () => {
  const small = new DecodedBlocks(250);
  const read = async () => new Uint8Array(1);
  for (const key of ['a', 'b', 'c']) await small.use(key, 100, read, same);
  expect(['a', 'b', 'c'].map(small.has)).toEqual([false, true, true]);
  await small.use('b', 100, () => Promise.reject(new Error('it is there')), same);
  await small.use('d', 100, read, same);
  expect(['b', 'c', 'd'].map(small.has)).toEqual([true, false, true]);
  await expect(small.use('e', 100, () => Promise.reject(new Error('gone')), same)).rejects.toThrow('gone');
  expect(small.has('e')).toBe(false);
  await small.use('f', 100, read, same);
  expect(small.has('d')).toBe(true);
});

test('who waits for a reader that gives up reads itself; who fails fails the others', async () => {
  const gaveUp = new AbortController();
  const promised = blocks.promise('a', 1, gaveUp.signal);
  const waiting = blocks.use('a', 1, async () => Uint8Array.of(7), same);
  gaveUp.abort(new Error('given up'));
  promised.fail(gaveUp.signal.reason);
  expect(await waiting).toEqual(Uint8Array.of(7));
  const broken = blocks.promise('b', 1);
  const others = [1, 2].map(() => blocks.use('b', 1, async () => Uint8Array.of(7), same));
  broken.fail(new Error('damaged'));
  expect(await Promise.allSettled(others)).toMatchObject([{ status: 'rejected' }, { status: 'rejected' }]);
});

test('memory of a block is used again only when nobody uses the block any more', async () => {
  const small = new DecodedBlocks(150);
  const block = () => small.memory.samples('uint8', 100).fill(7);
  const first = small.promise('a', 100);
  const seen: number[][] = [];
  const waiting = small.use(
    'a',
    100,
    async () => block(),
    ([value]) => void seen.push([value]),
  );
  const kept = block();
  // Another block takes the place of the first while two still need it.
  await small.use('b', 100, async () => block().fill(9), same);
  expect(small.has('a')).toBe(false);
  first.keep(kept);
  await waiting;
  expect(small.memory.samples('uint8', 100).byteOffset).not.toBe(kept.byteOffset);
  first.leave();
  await Promise.resolve();
  expect(small.memory.samples('uint8', 100).byteOffset).toBe(kept.byteOffset);
  expect(seen).toEqual([[7]]);
});
