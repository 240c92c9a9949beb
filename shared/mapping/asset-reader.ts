import { GeoCropError } from '#shared/domain/errors.ts';
import type { DecodedBlocks } from '#shared/raster/decoded-blocks.ts';
import { isRemote } from '#shared/raster/open-source.ts';
import { openRaster, type Raster } from '#shared/raster/raster.ts';
import { awaitShared, type SharedLoad } from '#shared/raster/shared-load.ts';
import type { OpenSource } from '#shared/raster/source.ts';
import { readOntoGrid } from '#shared/raster/warp.ts';
import { readAligned } from './aligned-read.ts';
import type { TaskAsset } from './chunk-task.ts';
import type { ReadAsset } from './read-observation.ts';
import { readsByAsset } from './reads-by-asset.ts';

/** Headers kept open: those of a season of one chunk. */
const maxOpen = 1024;

/**
 * Opens assets once and keeps them, newest last; a file that could not be opened is forgotten. Who asks for one that is
 * being opened waits for the same work; if that ends with the signal of whoever began it, the next one begins anew.
 */
export function rasterCache(
  open: OpenSource,
  shared?: DecodedBlocks,
): (asset: TaskAsset, signal?: AbortSignal) => Promise<Raster> {
  const cache = new Map<string, SharedLoad<Raster>>();
  const begin = (href: string, signal?: AbortSignal): SharedLoad<Raster> => {
    const load = { promise: openRaster(open(href), signal, shared), signal };
    load.promise.catch(() => cache.get(href) === load && cache.delete(href));
    return load;
  };
  return ({ href }, signal) =>
    awaitShared(() => {
      const load = cache.get(href) ?? begin(href, signal);
      cache.delete(href);
      cache.set(href, load);
      if (cache.size > maxOpen) cache.delete(cache.keys().next().value!);
      return load;
    }, signal);
}

/**
 * Reads assets onto the grid, each file checked against what its item says of it.
 *
 * @param shared where given, windows that are read at about the same time share decoded blocks, and lie in its memory,
 *   to which they are to be given back
 */
export function assetReader(open: OpenSource, shared?: DecodedBlocks): ReadAsset {
  const openCached = rasterCache(open, shared);
  return async (asset, window, signal) => {
    const raster = await openCached(asset, signal);
    checkRaster(raster, asset);
    return (await readAligned(raster, window, signal, shared?.memory)) ?? readOntoGrid(raster, window, { signal });
  };
}

/** Assets that are read at one time: enough for the threads that decode, or for what waits for the network. */
const assetsAtOnce = { atHand: 6, remote: 12 };

/** The same for several chunks that are computed at once: what they share is read and decoded once. */
export function sharingReader(open: OpenSource, shared: DecodedBlocks): ReadAsset {
  const read = assetReader(open, shared);
  const [atHand, remote] = [assetsAtOnce.atHand, assetsAtOnce.remote].map((most) => readsByAsset(read, most));
  return (asset, ...where) => (isRemote(asset.href) ? remote : atHand)(asset, ...where);
}

function checkRaster({ name, width, height, dtype }: Raster, { shape }: TaskAsset): void {
  if (shape && (shape[0] !== height || shape[1] !== width))
    throw new GeoCropError(
      'broken-scene',
      `${name} has ${width} x ${height} pixels, its item says ${shape[1]} x ${shape[0]}`,
    );
  if (!dtype.startsWith('uint') && !dtype.startsWith('int'))
    throw new GeoCropError('broken-scene', `${name} holds ${dtype} samples, not the whole numbers of Sentinel-2`);
}
