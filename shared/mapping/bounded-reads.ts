import type { ReadAsset } from './read-observation.ts';

/** Lets at most so many reads run at one time, over all the readers that go through it; others wait for their turn. */
export function boundedReads(atOnce: number): (read: ReadAsset) => ReadAsset {
  let running = 0;
  const waiting: (() => void)[] = [];
  return (read) => async (asset, window, signal) => {
    if (running >= atOnce) await new Promise<void>((resolve) => waiting.push(resolve));
    else running++;
    try {
      signal?.throwIfAborted();
      return await read(asset, window, signal);
    } finally {
      // The place goes to whoever waits longest; it is never free in between.
      const next = waiting.shift();
      if (next) next();
      else running--;
    }
  };
}
