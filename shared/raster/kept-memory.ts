import { sampleBytes, viewSamples, type Dtype, type Samples } from './samples.ts';

/** Memory comes in slabs of so many bytes, or as large as what would not fit into one. */
const slabBytes = 2 ** 24;
/** What is lent begins and ends at a multiple of this. */
const unit = 4096;

/** A stretch of a slab that is free or lent. */
interface Stretch {
  slab: Slab;
  from: number;
  length: number;
}

interface Slab {
  memory: SharedArrayBuffer;
  /** From low to high, none beside another. */
  free: Stretch[];
}

/**
 * Memory for what is large, soon done with and read again and again: given back, it is taken by the next. New memory
 * costs the kernel's time for every page, and V8 collects all the more often the more of it there is; of memory that
 * threads can share it takes no account.
 */
export class KeptMemory {
  readonly #maxBytes: number;
  #slabs: Slab[] = [];
  readonly #lent = new WeakMap<object, Stretch>();
  /** Samples that nobody has any more and nobody gave back, as where a read fails. */
  readonly #lost = new FinalizationRegistry<Stretch>((stretch) => this.#free(stretch));

  /** @param maxBytes that are kept for the next; a slab beyond them goes when nothing of it is lent */
  constructor(maxBytes = 2 ** 28) {
    this.#maxBytes = maxBytes;
  }

  /** Samples of any value: what was here before has left its own. */
  samples(dtype: Dtype, length: number): Samples {
    const stretch = this.#take(Math.max(1, Math.ceil((length * sampleBytes(dtype)) / unit)) * unit);
    const samples = viewSamples(dtype, stretch.slab.memory, stretch.from, length);
    this.#lent.set(samples, stretch);
    this.#lost.register(samples, stretch, samples);
    return samples;
  }

  /** Takes back what `samples` gave, and nothing else; twice is once. */
  give = (samples: ArrayLike<number>): void => {
    const stretch = this.#lent.get(samples);
    if (!stretch) return;
    this.#lent.delete(samples);
    this.#lost.unregister(samples);
    this.#free(stretch);
  };

  /** From the start of the smallest free stretch that is large enough. */
  #take(length: number): Stretch {
    let best: Stretch | null = null;
    for (const { free } of this.#slabs)
      for (const each of free) if (each.length >= length && (!best || each.length < best.length)) best = each;
    const from = best ?? this.#addSlab(Math.max(length, slabBytes));
    const taken = { slab: from.slab, from: from.from, length };
    from.from += length;
    from.length -= length;
    if (from.length === 0) from.slab.free.splice(from.slab.free.indexOf(from), 1);
    return taken;
  }

  #addSlab(length: number): Stretch {
    const slab: Slab = { memory: new SharedArrayBuffer(length), free: [] };
    const whole = { slab, from: 0, length };
    slab.free.push(whole);
    this.#slabs.push(slab);
    return whole;
  }

  #free(stretch: Stretch): void {
    const { free, memory } = stretch.slab;
    const next = free.findIndex(({ from }) => from > stretch.from);
    const at = next < 0 ? free.length : next;
    free.splice(at, 0, stretch);
    join(free, at);
    join(free, at - 1);
    if (free[0].length === memory.byteLength) this.#dropBeyond(stretch.slab);
  }

  #dropBeyond(idle: Slab): void {
    const bytes = this.#slabs.reduce((sum, { memory }) => sum + memory.byteLength, 0);
    if (bytes > this.#maxBytes) this.#slabs = this.#slabs.filter((slab) => slab !== idle);
  }
}

/** Joins a stretch with the one behind it where they touch. */
function join(free: Stretch[], at: number): void {
  const [stretch, next] = [free[at], free[at + 1]];
  if (!stretch || !next || stretch.from + stretch.length !== next.from) return;
  stretch.length += next.length;
  free.splice(at + 1, 1);
}
