import { GeoCropError } from '#shared/domain/errors.ts';
import type { GridWindow } from '#shared/domain/grid.ts';
import { mayRead, type Source } from '#shared/domain/source.ts';
import { sourceOpener } from '#shared/raster/open-source.ts';
import type { Raster } from '#shared/raster/raster.ts';
import type { S3Reader } from '#shared/raster/s3-source.ts';
import type { OpenSource } from '#shared/raster/source.ts';
import { readOntoGrid, windowOnto } from '#shared/raster/warp.ts';
import { rasterCache } from './asset-reader.ts';
import type { ReadAsset } from './read-observation.ts';

/** What one read may take of a file: a file without overviews is not read whole for a preview. */
const maxSourcePixels = 2 ** 20;
/** A preview does not wait for a server that hesitates. */
const stallMs = 5000;

/** The coarsest level of a raster that still has a pixel of its own for each pixel of the target; 0 is the image. */
function coarseLevel(raster: Raster, target: GridWindow): number {
  const native = windowOnto(raster, target);
  if (!native) return 0;
  const ratio = Math.min(native.width / target.width, native.height / target.height);
  return raster.overviews.filter(({ width }) => raster.width / width <= ratio * (1 + 1e-2)).length;
}

/**
 * Reads assets onto a coarse grid from their overviews, by nearest neighbour: digital numbers row by row, 0 where there
 * is no data. A file of which more than a million pixels would have to be read is refused as `broken-scene`.
 */
export function overviewReader(open: OpenSource): ReadAsset {
  const openCached = rasterCache(open);
  return async (asset, window, signal) => {
    const raster = await openCached(asset, signal);
    const level = coarseLevel(raster, window);
    const part = windowOnto(raster, window, { level });
    if (part && part.width * part.height > maxSourcePixels)
      throw new GeoCropError('broken-scene', `${raster.name} has no overviews for a preview`);
    return readOntoGrid(raster, window, { level, signal });
  };
}

/** Overview readers of sources that open nothing but what their source may read, redirects included. */
export function previewReaders(io: {
  s3: S3Reader;
  folderOf: (source: Source) => Promise<string | null>;
}): (source: Source) => ReadAsset {
  const retry = { tries: 2 };
  const limits = { http: { stallMs, retry }, s3Options: { limits: { stallMs }, retry } };
  return (source) => {
    const reader = io
      .folderOf(source)
      .then((folder) => overviewReader(sourceOpener({ s3: io.s3, allowHref: mayRead(source, folder), ...limits })));
    reader.catch(() => {});
    return async (asset, window, signal) => (await reader)(asset, window, signal);
  };
}
