import { createHash } from 'node:crypto';
import { GeoCropError } from '#shared/domain/errors.ts';
import { objectSource } from '#shared/mapping/object-source.ts';
import { openRaster, type Raster } from '#shared/raster/raster.ts';
import type { ObjectStore } from '#shared/storage/object-store.ts';
import { blockCache, type BlockCache } from '#shared/tiles/block-cache.ts';
import { rasterSource, type PixelSource } from '#shared/tiles/pixel-source.ts';
import { kept } from './kept.ts';

/** Opens rasters once and keeps their headers; all of them share one cache of decoded blocks. */
export interface OpenSources {
  cache: BlockCache;
  /** A raster of a store; `version` as of `versionOf`, or any other text that changes with the file. */
  stored(store: ObjectStore, name: string, key: string, version: string): Promise<PixelSource>;
  /** A raster that is opened elsewhere. */
  raster(key: string, open: () => Promise<Raster>): Promise<PixelSource>;
}

/** Headers that are kept: a country's at 10 m takes half a megabyte. */
const maxOpen = 256;

export function openSources(cacheBytes: number): OpenSources {
  const cache = blockCache(cacheBytes);
  const keep = kept<PixelSource>(maxOpen);
  const raster: OpenSources['raster'] = (key, open) => keep(key, async () => rasterSource(await open(), key, cache));
  return {
    cache,
    raster,
    stored: (store, name, key, version) =>
      raster(`${name}/${key}@${version}`, () => openRaster(objectSource(store, key))),
  };
}

/** The head of a file holds its header: the lengths of its blocks change with its pixels. */
const headBytes = 16_384;

/** A text that changes when an object is replaced; null where there is none. */
export async function versionOf(store: ObjectStore, key: string): Promise<string | null> {
  const size = await store.size(key);
  if (size === null) return null;
  const head = await store.getRange(key, 0, Math.min(size, headBytes)).catch((cause) => {
    throw new GeoCropError('unavailable', `${key} is being replaced; ask again`, { cause });
  });
  return shortHash(String(size), head);
}

/** A hash of texts and bytes that is short enough for an ETag. */
export function shortHash(...values: (string | Uint8Array)[]): string {
  const hash = createHash('sha256');
  for (const value of values) hash.update(`${value.length}:`).update(value);
  return hash.digest('base64url').slice(0, 20);
}
