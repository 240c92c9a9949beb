import { chunkPixels } from '#shared/domain/grid.ts';
import { openRaster } from '#shared/raster/raster.ts';
import type { ObjectStore } from '#shared/storage/object-store.ts';
import { objectSource } from './object-source.ts';
import { partFile } from './stored-part.ts';
import type { MapPixel } from './pixel-at.ts';
import { resultPrefix } from './stored-task.ts';

/**
 * Class value (0 = no data) and confidence (percent) that a map shows at a pixel: of its file where the job is finished,
 * else of the pixel's part. Null where neither is there yet.
 */
export async function mappedPixel(
  store: ObjectStore,
  job: { id: string; isFinished: boolean },
  { col, row, at }: MapPixel,
  partKey: string,
  signal: AbortSignal,
): Promise<{ value: number; confidence: number } | null> {
  const file = job.isFinished ? `${resultPrefix(job.id)}map.tif` : partFile(partKey);
  if ((await store.size(file)) === null) return null;
  const raster = await openRaster(objectSource(store, file), signal);
  const place = job.isFinished ? { col, row } : { col: at % chunkPixels, row: Math.floor(at / chunkPixels) };
  const read = async (band: number) =>
    Number((await raster.readWindow({ ...place, width: 1, height: 1, band }, signal))[0]);
  return { value: await read(1), confidence: await read(2) };
}
