import type { TileData } from '#shared/raster/tile-encode.ts';

/**
 * Pixels of a band by their value. Of bytes: how many have the value 0, 1, 2 ..., up to the largest that occurs. Of
 * other samples, whose nodata is NaN: how many have none, and how many have a value.
 */
export function countValues(plane: TileData): number[] {
  if (plane instanceof Uint8Array) {
    const counts = new Uint32Array(256);
    for (let at = 0; at < plane.length; at++) counts[plane[at]]++;
    return [...counts.subarray(0, counts.findLastIndex((count) => count > 0) + 1)];
  }
  let valid = 0;
  for (let at = 0; at < plane.length; at++) if (!Number.isNaN(plane[at])) valid++;
  return [plane.length - valid, valid];
}

/** Pixels of a map by class value, and what their confidence adds up to. */
export class ClassCounts {
  readonly pixels: number[];
  confidenceSum = 0;

  constructor(classes: number) {
    this.pixels = new Array(classes + 1).fill(0);
  }

  /** Adds a chunk: what was counted (see `countValues`) of its classes and of its confidence in percent, 0 = no data. */
  add([classes, confidence]: readonly { counts: readonly number[] }[]): void {
    for (let value = 1; value < this.pixels.length; value++) this.pixels[value] += classes.counts[value] ?? 0;
    confidence.counts.forEach((count, percent) => (this.confidenceSum += count * percent));
  }

  get valid(): number {
    return this.pixels.reduce((sum, count) => sum + count, 0);
  }
}
