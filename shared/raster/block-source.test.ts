import { describe, expect, test } from 'vitest';
import { blockSource } from './block-source.ts';
import { forEachRange, mergeRanges, type RangeLimits } from './read-ranges.ts';
import type { ByteSource } from './source.ts';

const content = Uint8Array.from({ length: 1000 }, (_, i) => (i * 13) % 256);

interface Recorded extends ByteSource {
  reads: [number, number][];
  active: number;
  mostActive: number;
}

function recorded(failures: Error[] = []): Recorded {
  const source: Recorded = {
    name: 'memory',
    reads: [],
    active: 0,
    mostActive: 0,
    size: async () => content.length,
    read: async (offset, length, signal) => {
      source.reads.push([offset, length]);
      source.mostActive = Math.max(source.mostActive, ++source.active);
      await new Promise((resolve) => setTimeout(resolve, 5));
      source.active--;
      signal?.throwIfAborted();
      const failure = failures.shift();
      if (failure) throw failure;
      return content.slice(offset, offset + length);
    },
  };
  return source;
}

const same = (bytes: Uint8Array, offset: number, length: number) =>
  Buffer.from(bytes).equals(content.subarray(offset, offset + length));

describe('blockSource', () => {
  const options = { blockSize: 100, maxBlocks: 6 };

  test('reads whole blocks, neighbours in one request, and keeps them', async () => {
    const source = recorded();
    const blocks = blockSource(source, options);
    expect(same(await blocks.read(150, 10), 150, 10)).toBe(true);
    expect(same(await blocks.read(120, 250), 120, 250)).toBe(true);
    expect(same(await blocks.read(190, 20), 190, 20)).toBe(true);
    expect(source.reads).toEqual([
      [100, 100],
      [200, 200],
    ]);
  });

  test('the last block ends with the file, and reads beyond go through', async () => {
    const source = recorded();
    const odd = { ...source, size: async () => 950 };
    const blocks = blockSource(odd, options);
    expect(same(await blocks.read(940, 10), 940, 10)).toBe(true);
    await blocks.read(940, 11);
    expect(source.reads).toEqual([
      [900, 50],
      [940, 11],
    ]);
  });

  test('readers of one block share its request', async () => {
    const source = recorded();
    const blocks = blockSource(source, options);
    await Promise.all([blocks.read(0, 10), blocks.read(20, 10), blocks.read(50, 50)]);
    expect(source.reads).toEqual([[0, 100]]);
  });

  test('a failed block is forgotten', async () => {
    const source = recorded([new Error('reset')]);
    const blocks = blockSource(source, options);
    await expect(blocks.read(0, 10)).rejects.toThrow('reset');
    expect(same(await blocks.read(0, 10), 0, 10)).toBe(true);
  });

  test('one reader who gives up does not take the others with him', async () => {
    const source = recorded();
    const blocks = blockSource(source, options);
    const controller = new AbortController();
    const first = blocks.read(0, 10, controller.signal);
    const second = blocks.read(20, 10);
    controller.abort(new Error('stopped'));
    await expect(first).rejects.toThrow('stopped');
    expect(same(await second, 20, 10)).toBe(true);
  });

  test('no more blocks are kept than allowed, the latest used stay', async () => {
    const source = recorded();
    const blocks = blockSource(source, { blockSize: 100, maxBlocks: 2 });
    for (const offset of [0, 100, 0, 200]) await blocks.read(offset, 10);
    source.reads.length = 0;
    await blocks.read(0, 10);
    expect(source.reads).toEqual([]);
    await blocks.read(100, 10);
    expect(source.reads).toEqual([[100, 100]]);
  });
});

describe('forEachRange', () => {
  type Range = Parameters<typeof forEachRange>[1][number];
  const range = (offset: number, length: number): Range => ({ offset, length });

  async function bytesOf(source: ByteSource, ranges: Range[], limits: RangeLimits, signal?: AbortSignal) {
    const found: Uint8Array[] = [];
    await forEachRange(source, ranges, (i, bytes) => void (found[i] = bytes.slice()), signal, limits);
    return found;
  }

  test('merges near ranges up to the limit of a request', () => {
    const ranges = [range(500, 50), range(0, 100), range(110, 40), range(149, 5), range(570, 100)];
    const merged = mergeRanges(ranges, { maxGap: 20, maxRequest: 160 });
    expect(merged).toEqual([
      { offset: 0, length: 154, members: [1, 2, 3] },
      { offset: 500, length: 50, members: [0] },
      { offset: 570, length: 100, members: [4] },
    ]);
  });

  test('gives the bytes in the order asked for', async () => {
    const source = recorded();
    const ranges = [range(700, 30), range(10, 20), range(40, 5), range(12, 3)];
    const parts = await bytesOf(source, ranges, { maxGap: 20 });
    expect(parts.map((bytes, i) => same(bytes, ranges[i].offset, ranges[i].length))).toEqual([true, true, true, true]);
    expect(source.reads).toEqual([
      [10, 35],
      [700, 30],
    ]);
  });

  test('keeps to its concurrency', async () => {
    const source = recorded();
    const ranges = Array.from({ length: 20 }, (_, i) => range(i * 50, 10));
    await bytesOf(source, ranges, { maxGap: 0, concurrency: 3 });
    expect(source.reads.length).toBe(20);
    expect(source.mostActive).toBe(3);
  });

  test('stops at the first error and at an abort', async () => {
    const source = recorded([new Error('reset')]);
    const ranges = Array.from({ length: 20 }, (_, i) => range(i * 50, 10));
    const limits = { maxGap: 0, concurrency: 2 };
    await expect(bytesOf(source, ranges, limits)).rejects.toThrow('reset');
    expect(source.reads.length).toBeLessThan(5);
    const stopped = AbortSignal.abort(new Error('stopped'));
    await expect(bytesOf(recorded(), ranges, limits, stopped)).rejects.toThrow('stopped');
  });
});
