import { setImmediate } from 'node:timers/promises';
import { aoiMasks } from '#shared/domain/aoi-mask.ts';
import { aoiBox, aoiEpsg, type Aoi } from '#shared/domain/aoi.ts';
import { GeoCropError } from '#shared/domain/errors.ts';
import { chunksOfBox, chunkWindow, type ChunkId } from '#shared/domain/grid.ts';
import { maskIdentity } from './part-key.ts';

/** A chunk that holds pixels of the area: how many, and the identity of its mask; masks are not kept. */
export interface ChunkWithPixels {
  chunk: ChunkId;
  maskId: string;
  pixels: number;
}

/** The chunks that hold a pixel of the area. Other work has its turn between any two: there may be hundreds. */
export async function chunksWithPixels(aoi: Aoi, signal?: AbortSignal): Promise<ChunkWithPixels[]> {
  const epsg = aoiEpsg(aoi);
  const maskOf = aoiMasks(aoi, epsg);
  const some: ChunkWithPixels[] = [];
  for (const chunk of chunksOfBox(epsg, aoiBox(aoi))) {
    await setImmediate();
    signal?.throwIfAborted();
    const mask = maskOf(chunkWindow(chunk));
    const pixels = mask.reduce((sum, pixel) => sum + pixel, 0);
    if (pixels > 0) some.push({ chunk, pixels, maskId: maskIdentity(mask) });
  }
  if (some.length > 0) return some;
  throw new GeoCropError('invalid-aoi', 'the area is so narrow that it holds the centre of no 10 m pixel', {
    field: 'aoi',
  });
}
