import { turns } from '#shared/mapping/turns.ts';
import type { Samples } from '#shared/raster/samples.ts';

/** Keeps decoded blocks, the latest used, up to a bound in bytes. */
export interface BlockCache {
  /** The block of that key, loaded at the first need; readers of one block share one load, a failed one is forgotten. */
  get(key: string, load: () => Promise<Samples | null>): Promise<Samples | null>;
  /** Runs what reads and decodes one block, a bounded number at a time: each holds compressed and decoded bytes. */
  decode<T>(work: () => Promise<T>): Promise<T>;
  /** Bytes that are held now. */
  readonly bytes: number;
}

interface Entry {
  block: Promise<Samples | null>;
  /** 0 while it is loading. */
  bytes: number;
}

/** What an entry costs beside its samples: absent blocks are not free. */
const overhead = 200;

/**
 * @param maxBytes of all blocks; one that is in use lives on with its user
 * @param maxDecodes at a time
 */
export function blockCache(maxBytes: number, maxDecodes = 16): BlockCache {
  const entries = new Map<string, Entry>();
  let held = 0;

  function evict(): void {
    for (const [key, { bytes }] of entries) {
      if (held <= maxBytes) return;
      if (bytes === 0) continue;
      entries.delete(key);
      held -= bytes;
    }
  }

  function start(key: string, load: () => Promise<Samples | null>): Entry {
    const entry: Entry = { block: load(), bytes: 0 };
    entry.block.then(
      (samples) => {
        entry.bytes = overhead + (samples?.byteLength ?? 0);
        held += entry.bytes;
        evict();
      },
      () => entries.delete(key),
    );
    return entry;
  }

  return {
    get(key, load) {
      const entry = entries.get(key) ?? start(key, load);
      entries.delete(key);
      entries.set(key, entry);
      return entry.block;
    },
    decode: turns(maxDecodes),
    get bytes() {
      return held;
    },
  };
}
