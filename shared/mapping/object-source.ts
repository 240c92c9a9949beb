import type { ByteSource } from '#shared/raster/source.ts';
import type { ObjectStore } from '#shared/storage/object-store.ts';

/** An object of a store as a file that can be read piece by piece. */
export function objectSource(store: ObjectStore, key: string): ByteSource {
  return {
    name: key,
    async size() {
      const size = await store.size(key);
      if (size === null) throw new Error(`there is no object ${key}`);
      return size;
    },
    read: (offset, length) => store.getRange(key, offset, length),
  };
}
