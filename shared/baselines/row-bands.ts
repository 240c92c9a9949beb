import { chunkPixels } from '#shared/domain/grid.ts';
import type { PixelWindow } from '#shared/raster/raster-level.ts';
import { maxWindowPixels } from '#shared/raster/raster-level.ts';
import type { BaselineKind } from './baseline-kind.ts';
import { isWrong, translationOf, wrongValue, type GivenNodata, type Translate } from './class-values.ts';
import type { Piece, Pieces } from './export-pieces.ts';

/** Columns of a tiled piece that are read at once; strips are read whole, for they are decoded whole. */
const columnsAtOnce = 8192;

/** Pixels of which two pieces that overlap say different things. */
export interface Conflicts {
  pixels: number;
}

/**
 * Reads an export in bands of 512 rows: each of `window.width` x 512 stored values, row by row, nodata where no piece
 * has a value. Where pieces overlap, the first in the order of their names counts. One band and the window of one
 * piece are in memory.
 */
export function rowBands({ pieces, window }: Pieces, kind: BaselineKind, given: GivenNodata) {
  const translations = pieces.map(({ raster }) => translationOf(raster, kind, given));
  const band = new Uint8Array(window.width * chunkPixels);
  const conflicts: Conflicts = { pixels: 0 };

  async function addWindow(
    { raster, col, row }: Piece,
    top: number,
    part: PixelWindow,
    translate: Translate,
    signal?: AbortSignal,
  ) {
    const samples = await raster.readWindow(part, signal);
    for (let y = 0, from = 0; y < part.height; y++) {
      let to = (row + part.row + y - top) * window.width + col + part.col;
      for (let x = 0; x < part.width; x++, from++, to++) {
        const value = translate(samples[from]);
        if (value === kind.nodata) continue;
        if (isWrong(value)) throw wrongValue(raster, kind, samples, from, part);
        if (band[to] === kind.nodata) band[to] = value;
        else if (band[to] !== value) conflicts.pixels++;
      }
    }
  }

  /** The band of the rows from 512 x `tileRow` on; it is overwritten by the next one. */
  async function read(tileRow: number, signal?: AbortSignal): Promise<Uint8Array> {
    const top = tileRow * chunkPixels;
    band.fill(kind.nodata);
    for (const [i, piece] of pieces.entries())
      for (const part of windowsOf(piece, top)) {
        signal?.throwIfAborted();
        await addWindow(piece, top, part, translations[i], signal);
      }
    return band;
  }

  return { read, conflicts };
}

/** The windows of a piece that lie in a band of rows. */
function* windowsOf({ raster, row }: Piece, top: number): Generator<PixelWindow> {
  const first = Math.max(0, top - row);
  const end = Math.min(raster.height, top + chunkPixels - row);
  const width = raster.layout.tiled ? Math.min(columnsAtOnce, raster.width) : raster.width;
  const height = Math.min(chunkPixels, Math.floor(maxWindowPixels / width));
  for (let at = first; at < end; at += height)
    for (let col = 0; col < raster.width; col += width)
      yield { col, row: at, width: Math.min(width, raster.width - col), height: Math.min(height, end - at) };
}
