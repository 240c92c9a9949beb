import type { MessagePort } from 'node:worker_threads';
import { InflateThread } from './inflate-thread.ts';
import type { InflateOrder } from './inflater.ts';
import { maxInput, maxOutput } from './memory-layout.ts';

interface Request {
  bytes: Uint8Array;
  order: InflateOrder;
  /** With the output, which is lent until it returns. */
  resolve: (output: Uint8Array) => void;
  reject: (reason: unknown) => void;
}

/**
 * Threads that decode zlib streams in memories that they keep. They do not keep the process alive, except for the
 * streams that they are given.
 */
export class InflatePool {
  readonly #threads: InflateThread[];
  readonly #waiting: Request[] = [];
  #isBroken = false;

  /** @param lent lines to the first threads, which do other work too; the others are its own */
  constructor(threads: number, lent: readonly MessagePort[] = []) {
    this.#threads = Array.from({ length: threads }, (_, i) => {
      const thread = new InflateThread(lent[i]);
      thread.gone.catch((error: unknown) => this.#giveUp(error));
      return thread;
    });
  }

  /** Whether all threads have started, and none has ended. */
  get isReady(): boolean {
    return !this.#isBroken && this.#threads.every((thread) => thread.isReady);
  }

  /** Whether a block of so many bytes, and so many compressed, is one for this decoder. */
  takes = (length: number, compressed: number): boolean => length <= maxOutput && compressed <= maxInput;

  /**
   * Decodes a stream. What `use` is given lies in the thread's memory and may be changed, but not kept: it is written
   * over once `use` has returned. Rejects with an Error where the stream is damaged or the thread has ended.
   */
  inflate<T>(bytes: Uint8Array, order: InflateOrder, use: (output: Uint8Array) => T): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    const useOutput = (output: Uint8Array) => {
      try {
        resolve(use(output));
      } catch (error) {
        reject(error);
      }
    };
    this.#waiting.push({ bytes, order, resolve: useOutput, reject });
    this.#assign();
    return promise;
  }

  /** Ends the threads; what they have in hand is rejected. */
  async close(): Promise<void> {
    await Promise.all(this.#threads.map((thread) => thread.close()));
  }

  #assign(): void {
    if (this.#isBroken) this.#giveUp(new Error('a thread that decompresses has ended'));
    for (let thread = this.#next(); thread && this.#waiting.length > 0; thread = this.#next()) {
      const { bytes, order, resolve, reject } = this.#waiting.shift()!;
      thread
        .inflate(bytes, order, resolve)
        .catch(reject)
        .finally(() => this.#assign());
    }
  }

  /** The thread with the fewest streams: it decodes two nearly as fast as one, but two threads are faster still. */
  #next(): InflateThread | undefined {
    const free = this.#threads.filter((thread) => thread.hasRoom);
    return free.sort((a, b) => a.busy - b.busy)[0];
  }

  #giveUp(reason: unknown): void {
    this.#isBroken = true;
    for (const { reject } of this.#waiting.splice(0)) reject(reason);
  }
}
