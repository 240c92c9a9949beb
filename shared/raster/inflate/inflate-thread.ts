import { Worker, type MessagePort } from 'node:worker_threads';
import type { InflateJob, InflateOrder, InflateResult } from './inflater.ts';
import { copyBytes } from '../samples.ts';
import { maxInput, slotCount, slotPlaces } from './memory-layout.ts';

interface Slot {
  use: (output: Uint8Array) => void;
  resolve: () => void;
  reject: (reason: unknown) => void;
}

/** How a thread is spoken to. */
interface Line {
  on(event: 'message', listener: (message: SharedArrayBuffer | InflateResult) => void): unknown;
  once(event: string, listener: (cause?: unknown) => void): unknown;
  postMessage(message: unknown): void;
  ref(): void;
  unref(): void;
}

/** What a thread that was lent is told first: from then on it serves. */
export const beginServing = 'begin';

function ownThread(): Worker {
  return new Worker(new URL('./inflate-worker.ts', import.meta.url), {
    name: 'inflate',
    // What this process was started with (a script to evaluate, say) is not for the thread.
    execArgv: [],
  });
}

/** One thread that decodes, and the slots of its memory that are in use. */
export class InflateThread {
  /** Rejects when the thread has ended, whatever the reason; it never resolves. */
  readonly gone: Promise<never>;
  readonly #line: Line;
  readonly #end: () => Promise<void>;
  readonly #slots = new Map<number, Slot>();
  #memory: Uint8Array | null = null;
  #hasEnded = false;

  /** @param lent a line to a thread that serves beside other work; without one it has a thread of its own */
  constructor(lent?: MessagePort) {
    const worker = lent ? null : ownThread();
    const line: Line = lent ?? worker!;
    line.on('message', (message) => {
      if (message instanceof SharedArrayBuffer) this.#memory = new Uint8Array(message);
      else this.#finish(message);
    });
    // A listener that comes later would keep the process alive again.
    line.unref();
    this.#line = line;
    this.#end = async () => void (worker ? await worker.terminate() : lent!.close());
    if (lent) line.postMessage(beginServing);
    this.gone = new Promise((_, reject) => {
      const end = (cause?: unknown) => {
        const error = new Error('a thread that decompresses has ended', { cause });
        this.#hasEnded = true;
        for (const slot of this.#slots.values()) slot.reject(error);
        this.#slots.clear();
        reject(error);
      };
      line.once('error', end);
      line.once(worker ? 'exit' : 'close', () => end());
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
    copyBytes(bytes, this.#memory!, slotPlaces[slot].input);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#slots.set(slot, { use, resolve, reject });
    this.#line.ref();
    this.#line.postMessage({ ...order, slot, length: bytes.length } satisfies InflateJob);
    return promise;
  }

  close(): Promise<void> {
    return this.#end();
  }

  #finish({ slot, length, failure }: InflateResult): void {
    const { use, resolve, reject } = this.#slots.get(slot)!;
    const from = slotPlaces[slot].output;
    if (failure === null) use(this.#memory!.subarray(from, from + length));
    this.#slots.delete(slot);
    if (this.busy === 0) this.#line.unref();
    if (failure === null) resolve();
    else reject(new Error(failure));
  }
}
