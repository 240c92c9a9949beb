import type { ReadAsset } from './read-observation.ts';
import { turns } from './turns.ts';

/** Lets at most so many reads run at one time, over all the readers that go through it; others wait for their turn. */
export function boundedReads(atOnce: number): (read: ReadAsset) => ReadAsset {
  const inTurn = turns(atOnce);
  return (read) => (asset, window, signal) =>
    inTurn(async () => {
      signal?.throwIfAborted();
      return read(asset, window, signal);
    });
}
