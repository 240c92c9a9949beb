import type { ByteSource } from './source.ts';

export interface ByteRange {
  offset: number;
  length: number;
}

export interface RangeLimits {
  /** Ranges with at most so many bytes between them are read by one request. */
  maxGap?: number;
  /** A request is not made longer than this by merging, bytes. */
  maxRequest?: number;
  /** Requests under way at a time. */
  concurrency?: number;
  /** Ranges in use at a time. */
  atOnce?: number;
}

type Lend = NonNullable<ByteSource['lend']>;

/**
 * Of a file at hand little is gained by reading much at once, and the first bytes come sooner: as many reads as there are
 * ranges in use, or a thread that decompresses two streams would wait for its second.
 */
const atHand: RangeLimits = { maxGap: 4096, maxRequest: 2 ** 21, concurrency: 8 };

interface MergedRead extends ByteRange {
  /** Indices of the ranges that this read covers. */
  members: number[];
}

/** Merges ranges, in order of their offset, into few reads. Ranges may repeat and overlap. */
export function mergeRanges(ranges: readonly ByteRange[], limits: RangeLimits = {}): MergedRead[] {
  const { maxGap = 65_536, maxRequest = 8 * 2 ** 20 } = limits;
  const order = ranges.map((_, i) => i).sort((a, b) => ranges[a].offset - ranges[b].offset);
  const reads: MergedRead[] = [];
  for (const i of order) {
    const { offset, length } = ranges[i];
    const last = reads.at(-1);
    const end = last ? Math.max(last.offset + last.length, offset + length) : 0;
    if (
      last &&
      offset <= last.offset + last.length + maxGap &&
      end - last.offset <= Math.max(maxRequest, last.length)
    ) {
      last.length = end - last.offset;
      last.members.push(i);
    } else reads.push({ offset, length, members: [i] });
  }
  return reads;
}

/** Lets so many in at a time; the others wait in the order in which they came. */
function gate(places: number): <T>(run: () => Promise<T>) => Promise<T> {
  const waiting: (() => void)[] = [];
  let free = places;
  return async (run) => {
    if (free === 0) await new Promise<void>((enter) => waiting.push(enter));
    else free--;
    try {
      return await run();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else free++;
    }
  };
}

/**
 * Reads many ranges by few requests and lends each to `use` with its index in `ranges`. At most `concurrency` merged reads are in
 * memory at a time, and `atOnce` of their ranges in use: enough for the threads that decompress, and some that wait for
 * them. The first error stops all.
 */
export async function forEachRange(
  source: ByteSource,
  ranges: readonly ByteRange[],
  use: (index: number, bytes: Uint8Array) => Promise<void> | void,
  signal?: AbortSignal,
  limits: RangeLimits = {},
): Promise<void> {
  const { atOnce = 8, concurrency = 4, ...merging } = source.lend ? { ...atHand, ...limits } : limits;
  const reads = mergeRanges(ranges, merging);
  const failure = new AbortController();
  const both = signal ? AbortSignal.any([signal, failure.signal]) : failure.signal;
  const within = gate(atOnce);
  const lend: Lend = source.lend ?? (async (offset, length, use) => use(await source.read(offset, length, both)));
  async function useRange(index: number, bytes: Uint8Array): Promise<void> {
    both.throwIfAborted();
    try {
      await use(index, bytes);
    } catch (error) {
      failure.abort(error);
      throw error;
    }
  }
  async function worker(): Promise<void> {
    for (let read = reads.shift(); read; read = reads.shift()) {
      const { offset, length, members } = read;
      const useMember = (index: number, bytes: Uint8Array) => {
        const from = ranges[index].offset - offset;
        return within(() => useRange(index, bytes.subarray(from, from + ranges[index].length)));
      };
      // Whatever fails, the memory is in use until the last one has ended; the first failure is told at the end.
      const useAll = async (bytes: Uint8Array) => {
        await Promise.allSettled(members.map((index) => useMember(index, bytes)));
      };
      await lend(offset, length, useAll, both);
    }
  }
  const guarded = () => worker().catch((error) => failure.abort(error));
  await Promise.all(Array.from({ length: Math.min(concurrency, reads.length) }, guarded));
  both.throwIfAborted();
}
