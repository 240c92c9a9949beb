import { aoiMask } from '#shared/domain/aoi-mask.ts';
import type { Aoi } from '#shared/domain/aoi.ts';
import { chunkPixels, chunkWindow, type ChunkId, type GridWindow } from '#shared/domain/grid.ts';

/** The pixels that a chunk computes: those of the AOI and, for smoothing, those around them. */
export interface ChunkPixels {
  /** The smallest window that holds every computed pixel. */
  window: GridWindow;
  /** Positions in the window, row by row, ascending. */
  positions: Int32Array;
  /** The chunk's own 512 x 512 mask: 1 in the AOI. */
  mask: Uint8Array;
  /** Where the chunk's upper left pixel lies in the window; negative where the window begins inside the chunk. */
  chunkCol: number;
  chunkRow: number;
}

/** The AOI's mask of a chunk. */
export const chunkMask = (aoi: Aoi, chunk: ChunkId): Uint8Array => aoiMask(aoi, chunkWindow(chunk));

/** Lays out what a chunk computes for a halo of so many pixels. The mask must have a pixel in it. */
export function chunkPixelsOf(aoi: Aoi, chunk: ChunkId, halo: number): ChunkPixels {
  const mask = chunkMask(aoi, chunk);
  const wide = chunkPixels + 2 * halo;
  const needed = dilate(mask, chunkPixels, halo);
  const { left, top, right, bottom } = boundsOf(needed, wide);
  const outer = chunkWindow(chunk, halo);
  const window = {
    ...outer,
    originX: outer.originX + left * outer.pixelSize,
    originY: outer.originY - top * outer.pixelSize,
    width: right - left + 1,
    height: bottom - top + 1,
  };
  const positions: number[] = [];
  for (let row = top; row <= bottom; row++)
    for (let col = left; col <= right; col++)
      if (needed[row * wide + col]) positions.push((row - top) * window.width + col - left);
  return { window, positions: Int32Array.from(positions), mask, chunkCol: halo - left, chunkRow: halo - top };
}

/** Widens a square mask by a square of so many pixels on every side, on a canvas that is wider by the same. */
function dilate(mask: Uint8Array, side: number, halo: number): Uint8Array {
  const wide = side + 2 * halo;
  const out = new Uint8Array(wide * wide);
  for (let row = 0; row < side; row++)
    for (let col = 0; col < side; col++) {
      if (!mask[row * side + col]) continue;
      for (let dy = 0; dy <= 2 * halo; dy++) {
        const at = (row + dy) * wide + col;
        out.fill(1, at, at + 2 * halo + 1);
      }
    }
  return out;
}

function boundsOf(mask: Uint8Array, width: number) {
  const bounds = { left: width, top: width, right: -1, bottom: -1 };
  for (let at = 0; at < mask.length; at++) {
    if (!mask[at]) continue;
    const [row, col] = [Math.floor(at / width), at % width];
    bounds.left = Math.min(bounds.left, col);
    bounds.right = Math.max(bounds.right, col);
    bounds.top = Math.min(bounds.top, row);
    bounds.bottom = Math.max(bounds.bottom, row);
  }
  if (bounds.right < 0) throw new Error('a chunk without a pixel of the AOI was planned');
  return bounds;
}
