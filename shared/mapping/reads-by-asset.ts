import type { ReadAsset } from './read-observation.ts';

/** The turn of an asset: all reads that are asked for before it ends run in it. */
interface Turn {
  reads: number;
  isRunning: boolean;
  started: PromiseWithResolvers<void>;
}

/**
 * Lets reads of at most so many assets run at one time. Those of one asset run together, so that what they share is
 * decoded once and need not be kept for long; assets take turns in the order in which they were first asked for.
 */
export function readsByAsset(read: ReadAsset, assetsAtOnce: number): ReadAsset {
  const turns = new Map<string, Turn>();
  let running = 0;

  function startMore(): void {
    for (const turn of turns.values()) {
      if (running >= assetsAtOnce) return;
      if (turn.isRunning) continue;
      turn.isRunning = true;
      running++;
      turn.started.resolve();
    }
  }

  function enter(href: string): Turn {
    const turn = turns.get(href) ?? { reads: 0, isRunning: false, started: Promise.withResolvers<void>() };
    turns.set(href, turn);
    turn.reads++;
    startMore();
    return turn;
  }

  function leave(href: string, turn: Turn): void {
    if (--turn.reads > 0) return;
    turns.delete(href);
    running--;
    startMore();
  }

  return async (asset, window, signal) => {
    const turn = enter(asset.href);
    try {
      await turn.started.promise;
      signal?.throwIfAborted();
      return await read(asset, window, signal);
    } finally {
      leave(asset.href, turn);
    }
  };
}
