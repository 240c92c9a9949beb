/** A load that several callers wait for; `signal` is that of the caller who started it. */
export interface SharedLoad<T> {
  promise: Promise<T>;
  signal: AbortSignal | undefined;
}

/** Settles with `promise`, or rejects with the signal's reason as soon as the signal aborts. */
export function waitFor<T>(promise: Promise<T>, signal?: AbortSignal): Promise<T> {
  if (!signal) return promise;
  return new Promise<T>((resolve, reject) => {
    const abort = () => reject(signal.reason);
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}

/**
 * Waits for a shared load. `find` gives the load under way or starts one; it is asked again when the load died only
 * because the caller who had started it gave up.
 */
export async function awaitShared<T>(find: () => SharedLoad<T>, signal?: AbortSignal): Promise<T> {
  for (;;) {
    signal?.throwIfAborted();
    const load = find();
    try {
      return await waitFor(load.promise, signal);
    } catch (error) {
      signal?.throwIfAborted();
      if (!load.signal?.aborted || load.signal === signal) throw error;
    }
  }
}
