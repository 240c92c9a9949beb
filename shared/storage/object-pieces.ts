import type { ObjectStore } from './object-store.ts';

const pieceBytes = 4 * 2 ** 20;

/** The bytes of an object that is there and so long, a piece at a time. */
export async function* objectPieces(store: ObjectStore, key: string, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < size; at += pieceBytes) yield await store.getRange(key, at, Math.min(pieceBytes, size - at));
}
