import { objectPieces } from '#shared/storage/object-pieces.ts';
import type { ObjectStore } from '#shared/storage/object-store.ts';

/** The buckets of a server that a restore writes into, by the folder of the archive. */
export interface Buckets {
  objects: ObjectStore;
  baselines: ObjectStore;
}
export type Bucket = keyof Buckets;

/** Everything waits in the bucket of results, where nobody looks for what no row speaks of. */
const prefixOf = (restore: string) => `restoring/${restore}/`;

/** Where an object of a restore waits until everything takes its place. */
export const stagedKey = (restore: string, bucket: Bucket, key: string): string =>
  `${prefixOf(restore)}${bucket}/${key}`;

/** Puts what waits in its place, one after the other: what was moved before is not there any more. */
export async function moveStagedObjects(buckets: Buckets, restore: string): Promise<void> {
  for (const bucket of ['objects', 'baselines'] as const) {
    const prefix = stagedKey(restore, bucket, '');
    for await (const from of buckets.objects.keys(prefix))
      await move(buckets.objects, from, buckets[bucket], from.slice(prefix.length));
  }
}

async function move(store: ObjectStore, from: string, target: ObjectStore, to: string): Promise<void> {
  const size = await store.size(from);
  if (size === null) return;
  await target.putStream(to, async (sink) => {
    for await (const piece of objectPieces(store, from, size)) await sink.write(piece);
  });
  await store.delete(from);
}

export async function dropStagedObjects({ objects }: Buckets, restore: string): Promise<void> {
  for await (const key of objects.keys(prefixOf(restore))) await objects.delete(key);
}
