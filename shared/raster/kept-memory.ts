import { sampleBytes, viewSamples, type Dtype, type Samples } from './samples.ts';

/** Memory comes in multiples of so many bytes. */
const step = 65_536;
/** Memory that is more times as large as what is wanted is left for who needs it. */
const mostTimes = 4;

/**
 * Memory for what is large, soon done with and read again and again: given back, it is taken by the next. New memory
 * costs the kernel's time for every page, and V8 collects all the more often the more of it there is; of memory that
 * threads can share it takes no account, so whoever takes some has to give it back.
 */
export class KeptMemory {
  readonly #maxIdle: number;
  /** From small to large. */
  readonly #idle: SharedArrayBuffer[] = [];
  readonly #lent = new WeakSet<object>();
  #idleBytes = 0;

  /** @param maxIdle bytes that are kept for the next; what is given back beyond them goes */
  constructor(maxIdle = 2 ** 28) {
    this.#maxIdle = maxIdle;
  }

  /** Samples of any value: what was here before has left its own. */
  samples(dtype: Dtype, length: number): Samples {
    const bytes = Math.max(1, length * sampleBytes(dtype));
    const memory = this.#take(bytes) ?? new SharedArrayBuffer(Math.ceil(bytes / step) * step);
    this.#lent.add(memory);
    return viewSamples(dtype, memory, 0, length);
  }

  /** Takes back what `samples` gave, and nothing else; twice is once. */
  give = (samples: ArrayLike<number>): void => {
    const { buffer } = samples as Partial<Samples>;
    if (!(buffer instanceof SharedArrayBuffer) || !this.#lent.delete(buffer)) return;
    if (this.#idleBytes + buffer.byteLength > this.#maxIdle) return;
    const larger = this.#idle.findIndex(({ byteLength }) => byteLength >= buffer.byteLength);
    this.#idle.splice(larger < 0 ? this.#idle.length : larger, 0, buffer);
    this.#idleBytes += buffer.byteLength;
  };

  /** The smallest that is idle and large enough. */
  #take(bytes: number): SharedArrayBuffer | null {
    const at = this.#idle.findIndex(({ byteLength }) => byteLength >= bytes);
    if (at < 0 || this.#idle[at].byteLength > Math.max(step, bytes * mostTimes)) return null;
    const [memory] = this.#idle.splice(at, 1);
    this.#idleBytes -= memory.byteLength;
    return memory;
  }
}
