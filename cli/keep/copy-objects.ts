import { objectPieces } from '#shared/storage/object-pieces.ts';
import type { ObjectStore } from '#shared/storage/object-store.ts';
import type { ArchiveSink } from './archive/write-archive.ts';
import { isObjectKey } from './kept-keys.ts';

/** A store that is copied into a folder of an archive, as far as its keys are wanted. */
export interface CopiedStore {
  store: ObjectStore;
  folder: string;
  isWanted: (key: string) => boolean;
}

export interface CopyOptions {
  onObject?: ((done: number, all: number) => void) | undefined;
  signal?: AbortSignal | undefined;
}

/** What was copied. */
export interface CopiedObjects {
  objects: number;
  bytes: number;
  /** Files that have no name of an object; of very many the first. */
  leftOut: string[];
}

const mostLeftOut = 1000;

/**
 * Copies the objects of all stores, key by key as they are listed: twice, first to know how many there are. However many
 * that is, no more keys are held than a store gives at once.
 */
export async function copyObjects(
  sink: ArchiveSink,
  stores: readonly CopiedStore[],
  { onObject = () => {}, signal }: CopyOptions,
): Promise<CopiedObjects> {
  const copied: CopiedObjects = { objects: 0, bytes: 0, leftOut: [] };
  let [seen, all] = [0, 0];
  for (const from of stores) all += await count(wantedKeys(from, signal));
  for (const from of stores)
    for await (const key of wantedKeys(from, signal)) {
      await copyObject(sink, from, key, copied);
      onObject(++seen, Math.max(seen, all));
    }
  return copied;
}

async function count(keys: AsyncIterator<unknown>): Promise<number> {
  let n = 0;
  while (!(await keys.next()).done) n++;
  return n;
}

async function* wantedKeys({ store, isWanted }: CopiedStore, signal?: AbortSignal): AsyncGenerator<string> {
  for await (const key of store.keys('')) {
    signal?.throwIfAborted();
    if (isWanted(key)) yield key;
  }
}

async function copyObject(sink: ArchiveSink, { store, folder }: CopiedStore, key: string, copied: CopiedObjects) {
  if (!isObjectKey(key)) {
    if (copied.leftOut.length < mostLeftOut) copied.leftOut.push(`${folder}/${key}`);
    return;
  }
  const size = await store.size(key);
  // A part that was given up since the snapshot: it is computed again when somebody needs it.
  if (size === null) return;
  await sink.addPieces(`${folder}/${key}`, size, objectPieces(store, key, size));
  copied.objects++;
  copied.bytes += size;
}
