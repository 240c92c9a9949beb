import type { ObjectStore } from '#shared/storage/object-store.ts';
import type { PartRecord } from './part-record.ts';

export const partFile = (key: string): string => `parts/${key}.tif`;
export const recordFile = (key: string) => `parts/${key}.json`;

/** Commits a part: its record first, so that a part that is there is whole. */
export async function storePart(store: ObjectStore, key: string, bytes: Uint8Array, record: PartRecord): Promise<void> {
  await store.put(recordFile(key), Buffer.from(JSON.stringify(record)));
  await store.put(partFile(key), bytes);
}

/**
 * Removes the files of a part, its pixels first: a part without them is not there.
 *
 * @returns their bytes
 */
export async function removePart(store: ObjectStore, key: string): Promise<number> {
  const files = [partFile(key), recordFile(key)];
  const sizes = await Promise.all(files.map((file) => store.size(file)));
  for (const file of files) await store.delete(file);
  return sizes.reduce<number>((sum, bytes) => sum + (bytes ?? 0), 0);
}
