import type Tile from 'ol/Tile.js';
import TileState from 'ol/TileState.js';

const firstWaitMs = 1000;
const longestWaitMs = 30_000;

/** The map threw the tile away; OpenLayers tells only its subclasses. */
const isGone = (tile: Tile) => (tile as unknown as { disposed: boolean }).disposed;

/** How long to wait before the n-th new attempt: doubled each time, never more than half a minute. */
export const backOffMs = (attempt: number): number => Math.min(longestWaitMs, firstWaitMs * 2 ** attempt);

/** Asks again for tiles that failed, for as long as they are wanted; at once when the network is back. */
export function createTileRetry(isWanted: (tile: Tile) => boolean) {
  const waiting = new Map<Tile, ReturnType<typeof setTimeout>>();
  const attempts = new WeakMap<Tile, number>();
  const again = (tile: Tile) => {
    clearTimeout(waiting.get(tile));
    waiting.delete(tile);
    if (!isGone(tile) && tile.getState() === TileState.ERROR && isWanted(tile)) tile.load();
  };
  const all = () => [...waiting.keys()].forEach(again);
  globalThis.addEventListener('online', all);
  return {
    failed(tile: Tile): void {
      // One that was thrown away ends in an error as well.
      if (isGone(tile)) return;
      const attempt = attempts.get(tile) ?? 0;
      attempts.set(tile, attempt + 1);
      clearTimeout(waiting.get(tile));
      waiting.set(
        tile,
        setTimeout(() => again(tile), backOffMs(attempt)),
      );
    },
    dispose(): void {
      for (const timer of waiting.values()) clearTimeout(timer);
      waiting.clear();
      globalThis.removeEventListener('online', all);
    },
  };
}
