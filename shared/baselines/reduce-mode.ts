import { chunkPixels } from '#shared/domain/grid.ts';
import type { ReducePlanes } from '#shared/raster/overview-pyramid.ts';

/** The most frequent of four values that is not nodata; of equally frequent ones the lowest. */
function mode(a: number, b: number, c: number, d: number, nodata: number): number {
  if (a === b && c === d && a === c) return a;
  let best = nodata;
  let most = 0;
  for (const value of [a, b, c, d]) {
    if (value === nodata) continue;
    const count = Number(a === value) + Number(b === value) + Number(c === value) + Number(d === value);
    if (count > most || (count === most && value < best)) [best, most] = [value, count];
  }
  return best;
}

/**
 * One 2 x 2 step for one plane of classes of 512 x 512 uint8, in which any value but `nodata` is a class, 0 too: the
 * mode of the valid pixels, a tie goes to the lower value. No valid pixel: nodata.
 */
export const reduceMode =
  (nodata: number): ReducePlanes =>
  ([plane]) => {
    const half = chunkPixels / 2;
    const out = new Uint8Array(half * half);
    for (let row = 0, to = 0; row < chunkPixels; row += 2)
      for (let at = row * chunkPixels, end = at + chunkPixels; at < end; at += 2)
        out[to++] = mode(plane[at], plane[at + 1], plane[at + chunkPixels], plane[at + chunkPixels + 1], nodata);
    return [out];
  };
