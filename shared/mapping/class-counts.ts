import { aoiMask } from '#shared/domain/aoi-mask.ts';
import type { Aoi } from '#shared/domain/aoi.ts';
import { chunkWindow, type ChunkId } from '#shared/domain/grid.ts';
import type { TileData } from '#shared/raster/tile-encode.ts';

/** Pixels of a map by class value, and what their confidence adds up to. */
export class ClassCounts {
  readonly pixels: number[];
  confidenceSum = 0;

  constructor(classes: number) {
    this.pixels = new Array(classes + 1).fill(0);
  }

  /** Counts a chunk's class plane (0 = no data) and its confidence plane (percent). */
  add([classes, confidence]: readonly TileData[]): void {
    const counts = new Uint32Array(256);
    let sum = 0;
    for (let at = 0; at < classes.length; at++) {
      counts[classes[at]]++;
      sum += classes[at] === 0 ? 0 : confidence[at];
    }
    for (let value = 1; value < this.pixels.length; value++) this.pixels[value] += counts[value];
    this.confidenceSum += sum;
  }

  get valid(): number {
    return this.pixels.reduce((sum, count) => sum + count, 0);
  }
}

/** Pixels of a features plane that have a value, of those in the AOI. */
export function countValidFeatures(aoi: Aoi, chunk: ChunkId, plane: TileData): number {
  const mask = aoiMask(aoi, chunkWindow(chunk));
  return mask.reduce((sum, inside, at) => sum + (inside && !Number.isNaN(plane[at]) ? 1 : 0), 0);
}
