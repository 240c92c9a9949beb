import { aoiMask } from '#shared/domain/aoi-mask.ts';
import { aoiBox, type Aoi } from '#shared/domain/aoi.ts';
import { chunkPixels, chunkWindow, type AreaWindow, type ChunkId } from '#shared/domain/grid.ts';

/**
 * The pixels that a chunk computes: those of the AOI, for smoothing those around them, and the other half of what bands of
 * 20 m tell of two neighbours in a row as one.
 */
export interface ChunkPixels {
  /** The smallest window that holds every computed pixel. */
  window: AreaWindow;
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
  const margin = evenFrom(halo);
  const wide = chunkPixels + 2 * margin;
  const needed = dilate(mask, chunkPixels, halo);
  const { left, top, right, bottom } = boundsOf(needed, wide);
  const outer = chunkWindow(chunk, margin);
  const window = {
    ...outer,
    originX: outer.originX + left * outer.pixelSize,
    originY: outer.originY - top * outer.pixelSize,
    width: right - left + 1,
    height: bottom - top + 1,
    // Of a pixel at the edge the centre lies in the AOI.
    south: aoiBox(aoi)[1] - (halo + 0.5) * outer.pixelSize,
  };
  const positions = new Int32Array(needed.reduce((sum, each) => sum + each, 0));
  let count = 0;
  for (let row = top; row <= bottom; row++)
    for (let col = left; col <= right; col++)
      if (needed[row * wide + col]) positions[count++] = (row - top) * window.width + col - left;
  return { window, positions, mask, chunkCol: margin - left, chunkRow: margin - top };
}

/**
 * Widens a square mask by a square of so many pixels on every side, and its rows to even columns, on a canvas that is
 * wider by as much, made even.
 */
function dilate(mask: Uint8Array, side: number, halo: number): Uint8Array {
  const margin = evenFrom(halo);
  const wide = side + 2 * margin;
  const out = new Uint8Array(wide * wide);
  for (let row = 0; row < side; row++) {
    const pixels = mask.subarray(row * side, (row + 1) * side);
    for (let from = pixels.indexOf(1); from >= 0; from = pixels.indexOf(1, from)) {
      const end = pixels.indexOf(0, from);
      const to = end < 0 ? side : end;
      const [left, right] = [-evenFrom(halo - from), evenFrom(to + halo)];
      for (let dy = -halo; dy <= halo; dy++) {
        const at = (row + dy + margin) * wide + margin;
        out.fill(1, at + left, at + right);
      }
      from = to;
    }
  }
  return out;
}

/** The least even number that is not below. */
const evenFrom = (number: number) => 2 * Math.ceil(number / 2);

function boundsOf(mask: Uint8Array, width: number) {
  const bounds = { left: width, top: width, right: -1, bottom: -1 };
  for (let row = 0; row < width; row++) {
    const pixels = mask.subarray(row * width, (row + 1) * width);
    const left = pixels.indexOf(1);
    if (left < 0) continue;
    bounds.left = Math.min(bounds.left, left);
    bounds.right = Math.max(bounds.right, pixels.lastIndexOf(1));
    bounds.top = Math.min(bounds.top, row);
    bounds.bottom = row;
  }
  if (bounds.right < 0) throw new Error('a chunk without a pixel of the AOI was planned');
  return bounds;
}
