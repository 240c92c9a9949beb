import { KeptMemory } from './kept-memory.ts';
import { awaitShared, type SharedLoad } from './shared-load.ts';
import type { Samples } from './samples.ts';

interface KeptLoad extends SharedLoad<Samples> {
  bytes: number;
  /** Who waits for it, or uses it. */
  users: number;
}

/** A block that its reader has promised to others. */
export interface PromisedBlock {
  keep(samples: Samples): void;
  fail(error: unknown): void;
  /** Says, once, that the reader itself needs the block no more. */
  leave(): void;
}

/**
 * Decoded blocks of many files, for readers whose windows share blocks at about the same time: each block is decoded
 * once while it is here. Holds at most so many bytes, the latest used, and what is in use; a block that could not be
 * read is forgotten.
 */
export class DecodedBlocks {
  /** Blocks lie in it, and the windows that are read through them: whoever asked for a window gives it back. */
  readonly memory = new KeptMemory();
  readonly #maxBytes: number;
  readonly #loads = new Map<string, KeptLoad>();
  #bytes = 0;
  #images = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Whether a block of so many bytes leaves room for enough others to be worth keeping. */
  fits = (bytes: number): boolean => bytes <= this.#maxBytes / 8;

  /** A number for an image that is opened: names do not tell files apart, for a query is hidden in them. */
  newImage = (): number => this.#images++;

  has = (key: string): boolean => this.#loads.has(key);

  /** Promises a block that is not here to whoever asks from now on. */
  promise(key: string, bytes: number, signal?: AbortSignal): PromisedBlock {
    const { promise, resolve, reject } = Promise.withResolvers<Samples>();
    const load = this.#add(key, { promise, signal, bytes, users: 1 });
    return { keep: resolve, fail: reject, leave: () => this.#leave(key, load) };
  }

  /** Waits for a block and lends it to `use`; one that is not here, or whose reader gave up, is read by `read`. */
  async use<T>(
    key: string,
    bytes: number,
    read: () => Promise<Samples>,
    use: (samples: Samples) => T,
    signal?: AbortSignal,
  ): Promise<T> {
    const found: KeptLoad[] = [];
    try {
      const samples = await awaitShared(() => {
        const load = this.#loads.get(key) ?? this.#add(key, { promise: read(), signal, bytes, users: 0 });
        this.#loads.delete(key);
        this.#loads.set(key, load);
        load.users++;
        found.push(load);
        return load;
      }, signal);
      return use(samples);
    } finally {
      for (const load of found) this.#leave(key, load);
    }
  }

  #add(key: string, load: KeptLoad): KeptLoad {
    this.#loads.set(key, load);
    this.#bytes += load.bytes;
    load.promise.catch(() => this.#loads.get(key) === load && this.#drop(key, load));
    for (const [oldest, each] of this.#loads) {
      if (this.#bytes <= this.#maxBytes || oldest === key) break;
      this.#drop(oldest, each);
    }
    return load;
  }

  #drop(key: string, load: KeptLoad): void {
    this.#loads.delete(key);
    this.#bytes -= load.bytes;
    this.#giveBack(key, load);
  }

  #leave(key: string, load: KeptLoad): void {
    load.users--;
    this.#giveBack(key, load);
  }

  #giveBack(key: string, load: KeptLoad): void {
    if (load.users === 0 && this.#loads.get(key) !== load) load.promise.then(this.memory.give, () => {});
  }
}
