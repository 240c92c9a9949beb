import { Worker } from 'node:worker_threads';
import type { InflateJob, InflateOrder, InflateResult } from './inflater.ts';
import { bytesOf } from '../samples.ts';
import { maxInput, slotCount, slotPlaces } from './memory-layout.ts';

interface Slot {
  use: (output: Uint8Array) => void;
  resolve: () => void;
  reject: (reason: unknown) => void;
}

/** One thread that decodes, and the slots of its memory that are in use. */
export class InflateThread {
  /** Rejects when the thread has ended, whatever the reason; it never resolves. */
  readonly gone: Promise<never>;
  readonly #worker: Worker;
  readonly #slots = new Map<number, Slot>();
  #memory: Uint8Array | null = null;
  #hasEnded = false;

  constructor() {
    this.#worker = new Worker(new URL('./inflate-worker.ts', import.meta.url), {
      name: 'inflate',
      // What this process was started with (a script to evaluate, say) is not for the thread.
      execArgv: [],
    });
    this.#worker.on('message', (message: SharedArrayBuffer | InflateResult) => {
      if (message instanceof SharedArrayBuffer) this.#memory = new Uint8Array(message);
      else this.#finish(message);
    });
    // A listener that comes later would keep the process alive again.
    this.#worker.unref();
    this.gone = new Promise((_, reject) => {
      const end = (cause?: unknown) => {
        const error = new Error('a thread that decompresses has ended', { cause });
        this.#hasEnded = true;
        for (const slot of this.#slots.values()) slot.reject(error);
        this.#slots.clear();
        reject(error);
      };
      this.#worker.once('error', end);
      this.#worker.once('exit', () => end());
    });
  }

  get isReady(): boolean {
    return this.#memory !== null && !this.#hasEnded;
  }

  /** Streams in its slots. */
  get busy(): number {
    return this.#slots.size;
  }

  get hasRoom(): boolean {
    return this.isReady && this.busy < slotCount;
  }

  /** Decodes a stream and lends the output to `use`; the slot is free when the promise is settled. */
  async inflate(bytes: Uint8Array, order: InflateOrder, use: (output: Uint8Array) => void): Promise<void> {
    const slot = Array.from({ length: slotCount }, (_, i) => i).find((each) => !this.#slots.has(each));
    if (!this.isReady || slot === undefined) throw new Error('the thread has no room for a stream');
    if (bytes.length > maxInput) throw new Error(`a stream of ${bytes.length} bytes does not fit`);
    bytesOf(bytes).copy(this.#memory!, slotPlaces[slot].input);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#slots.set(slot, { use, resolve, reject });
    this.#worker.ref();
    this.#worker.postMessage({ ...order, slot, length: bytes.length } satisfies InflateJob);
    return promise;
  }

  async close(): Promise<void> {
    await this.#worker.terminate();
  }

  #finish({ slot, length, failure }: InflateResult): void {
    const { use, resolve, reject } = this.#slots.get(slot)!;
    const from = slotPlaces[slot].output;
    if (failure === null) use(this.#memory!.subarray(from, from + length));
    this.#slots.delete(slot);
    if (this.busy === 0) this.#worker.unref();
    if (failure === null) resolve();
    else reject(new Error(failure));
  }
}
