interface Waiter<T> {
  resolve(value: T): void;
  reject(error: Error): void;
}

/** Requests that wait for a process, first come first served. */
export class WaitingLine<T> {
  readonly #waiters = new Set<Waiter<T>>();

  get length(): number {
    return this.#waiters.size;
  }

  /** Resolves when it is this one's turn; leaves the line with `signal`'s reason when that aborts. */
  async join(signal: AbortSignal): Promise<T> {
    signal.throwIfAborted();
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    const waiter = { resolve, reject };
    const leave = () => {
      if (this.#waiters.delete(waiter)) reject(signal.reason as Error);
    };
    this.#waiters.add(waiter);
    signal.addEventListener('abort', leave, { once: true });
    return promise.finally(() => signal.removeEventListener('abort', leave));
  }

  /** Serves the first of the line. */
  serve(value: T): void {
    const [first] = this.#waiters;
    this.#waiters.delete(first);
    first.resolve(value);
  }

  /** Sends everyone away. */
  refuse(error: Error): void {
    for (const waiter of this.#waiters) waiter.reject(error);
    this.#waiters.clear();
  }
}
