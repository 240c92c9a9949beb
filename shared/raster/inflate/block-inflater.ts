import { availableParallelism } from 'node:os';
import type { MessagePort } from 'node:worker_threads';
import { InflatePool } from './inflate-pool.ts';

/** Blocks that are smaller are decoded sooner than a thread is woken. */
const minLength = 65_536;
/** Threads are started once so much has been decoded, or will be: who reads a window or two does without. */
const startAfter = 2 ** 24;
const maxThreads = 4;

let pool: InflatePool | null = null;
let lent: readonly MessagePort[] = [];
let seen = 0;

/** Lends threads that do other work too: no more are started than there are cores. Each waits for `beginServing`. */
export function lendThreads(lines: readonly MessagePort[]): void {
  lent = lines;
}

/** Tells of so many bytes that will be decoded, so that threads for them start before they come. */
export function foretellBlocks(bytes: number): void {
  seen += bytes;
  if (seen < startAfter) return;
  const threads = Math.min(availableParallelism(), maxThreads);
  pool ??= new InflatePool(Math.max(threads, lent.length), lent);
}

/**
 * The threads that decode blocks faster than zlib does; they are this process's, and start beside what it does once it
 * has decoded some blocks. Null where a block is not one for them, as well as before they have started and if they
 * cannot run here: then it is zlib's.
 *
 * @param length of the block, decompressed, bytes
 */
export function blockInflater(length: number, compressed: number): InflatePool | null {
  if (length < minLength) return null;
  if (pool === null) {
    foretellBlocks(length);
    return null;
  }
  return pool.isReady && pool.takes(length, compressed) ? pool : null;
}
