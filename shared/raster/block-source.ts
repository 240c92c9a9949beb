import { awaitShared, type SharedLoad } from './shared-load.ts';
import type { ByteSource } from './source.ts';

export interface BlockOptions {
  /** Bytes of a block; blocks begin at its multiples. */
  blockSize?: number;
  /** Blocks kept at most. */
  maxBlocks?: number;
}

/**
 * Turns many small reads into few: reads whole blocks, neighbouring missing ones in one request, and keeps the latest
 * used. Readers of the same block share one request; a failed block is forgotten. A read of more than half of the
 * cache passes through.
 */
export function blockSource(source: ByteSource, options: BlockOptions = {}): ByteSource {
  const { blockSize = 65_536, maxBlocks = 64 } = options;
  const blocks = new Map<number, SharedLoad<Uint8Array>>();
  let known: number | undefined;
  const sizeOf = async (signal?: AbortSignal) => (known ??= await source.size(signal));

  function keep(index: number, load: SharedLoad<Uint8Array>): void {
    blocks.set(index, load);
    load.promise.catch(() => {
      if (blocks.get(index) === load) blocks.delete(index);
    });
    if (blocks.size > maxBlocks) blocks.delete(blocks.keys().next().value as number);
  }

  function load(first: number, count: number, size: number, signal?: AbortSignal): void {
    const start = first * blockSize;
    const request = source.read(start, Math.min(count * blockSize, size - start), signal);
    for (let i = 0; i < count; i++) {
      const promise = request.then((bytes) => bytes.slice(i * blockSize, (i + 1) * blockSize));
      keep(first + i, { promise, signal });
    }
  }

  function loadMissing(first: number, last: number, size: number, signal?: AbortSignal): void {
    for (let index = first; index <= last; index++) {
      if (blocks.has(index)) continue;
      let end = index;
      while (end < last && !blocks.has(end + 1)) end++;
      load(index, end - index + 1, size, signal);
      index = end;
    }
  }

  function find(index: number, size: number, signal?: AbortSignal): SharedLoad<Uint8Array> {
    if (!blocks.has(index)) load(index, 1, size, signal);
    const found = blocks.get(index) as SharedLoad<Uint8Array>;
    blocks.delete(index);
    blocks.set(index, found);
    return found;
  }

  async function read(offset: number, length: number, signal?: AbortSignal): Promise<Uint8Array> {
    signal?.throwIfAborted();
    const size = await sizeOf(signal);
    const first = Math.floor(offset / blockSize);
    const last = Math.floor((offset + length - 1) / blockSize);
    const through = length <= 0 || offset < 0 || offset + length > size || last - first + 1 > maxBlocks / 2;
    if (through) return source.read(offset, length, signal);
    loadMissing(first, last, size, signal);
    const indices = Array.from({ length: last - first + 1 }, (_, i) => first + i);
    const parts = await Promise.all(indices.map((index) => awaitShared(() => find(index, size, signal), signal)));
    const bytes = parts.length === 1 ? parts[0] : Buffer.concat(parts);
    return bytes.subarray(offset - first * blockSize, offset - first * blockSize + length);
  }

  return { name: source.name, size: sizeOf, read };
}
