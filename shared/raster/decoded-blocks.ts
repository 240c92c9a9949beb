import { awaitShared, type SharedLoad } from './shared-load.ts';
import type { Samples } from './samples.ts';

interface KeptLoad extends SharedLoad<Samples> {
  bytes: number;
}

/** A block that its reader has promised to others. */
export interface PromisedBlock {
  keep(samples: Samples): void;
  fail(error: unknown): void;
}

/**
 * Decoded blocks of many files, for readers whose windows share blocks at about the same time: each block is decoded
 * once while it is here. Holds at most so many bytes, the latest used; a block that could not be read is forgotten.
 */
export class DecodedBlocks {
  readonly #maxBytes: number;
  readonly #loads = new Map<string, KeptLoad>();
  #bytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Whether a block of so many bytes leaves room for enough others to be worth keeping. */
  fits = (bytes: number): boolean => bytes <= this.#maxBytes / 8;

  has = (key: string): boolean => this.#loads.has(key);

  /** Promises a block that is not here to whoever asks from now on. */
  promise(key: string, bytes: number, signal?: AbortSignal): PromisedBlock {
    const { promise, resolve, reject } = Promise.withResolvers<Samples>();
    this.#add(key, { promise, signal, bytes });
    return { keep: resolve, fail: reject };
  }

  /** Waits for a block; one that is not here, or whose reader gave up, is read by `read`. */
  wait(key: string, bytes: number, read: () => Promise<Samples>, signal?: AbortSignal): Promise<Samples> {
    return awaitShared(() => {
      const found = this.#loads.get(key);
      if (!found) return this.#add(key, { promise: read(), signal, bytes });
      this.#loads.delete(key);
      this.#loads.set(key, found);
      return found;
    }, signal);
  }

  #add(key: string, load: KeptLoad): KeptLoad {
    this.#loads.set(key, load);
    this.#bytes += load.bytes;
    load.promise.catch(() => this.#loads.get(key) === load && this.#drop(key, load));
    for (const [oldest, { bytes }] of this.#loads) {
      if (this.#bytes <= this.#maxBytes || oldest === key) break;
      this.#drop(oldest, { bytes });
    }
    return load;
  }

  #drop(key: string, { bytes }: { bytes: number }): void {
    this.#loads.delete(key);
    this.#bytes -= bytes;
  }
}
