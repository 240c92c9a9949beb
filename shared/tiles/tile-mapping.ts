import type { PixelSource, SourceLevel } from './pixel-source.ts';
import { evaluateRow, fitSmooth, rangeOf, type SmoothFit, type Span, type Surface } from './smooth-surface.ts';
import type { TileGrid } from './tile-matrix-set.ts';

/** Pixels of a tile: columns from x0 and rows from y0, up to x1 and y1 which are not part of it. */
export interface TileWindow {
  x0: number;
  x1: number;
  y0: number;
  y1: number;
}

/** Where the pixels of a tile lie in a level of a source. */
export interface TileMapping {
  /** The tile's pixels that may meet the source. */
  window: TileWindow;
  /** The smallest and largest source position over the window, as [west, east, north, south], in source pixels. */
  extent: [number, number, number, number];
  /**
   * Source positions of the row's pixel centres, in source pixels, at their column's index in `cols` and `rows`; NaN
   * where there is none.
   */
  row(y: number, cols: Float64Array, rows: Float64Array): void;
}

/** Positions this close below a pixel's edge count as beyond it, as in GDAL's warper. */
const edge = 1e-10;
/** An interpolated position may be so wrong, source pixels: of 4 million pixels it misplaces less than 20. */
const tolerance = 1e-6;
/** Windows up to this side are not interpolated: exact positions cost no more. */
const exactSide = 16;

/** Source position of a place in the tile, pixels. */
export function tileSurface(grid: TileGrid, { projection }: PixelSource, { transform }: SourceLevel): Surface {
  const { originX, originY, pixelWidth, pixelHeight } = transform;
  return (x, y) => {
    const point = projection.forward(grid.longitude(x), grid.latitude(y));
    return point && [(point[0] - originX) / pixelWidth + edge, (originY - point[1]) / pixelHeight + edge];
  };
}

/** Positions where columns and rows do not depend on each other. */
function separableMapping(surface: Surface, window: TileWindow): TileMapping {
  const { x0, x1, y0, y1 } = window;
  const across = Float64Array.from({ length: x1 - x0 }, (_, i) => surface(x0 + i + 0.5, y0 + 0.5)?.[0] ?? NaN);
  const down = Float64Array.from({ length: y1 - y0 }, (_, i) => surface(x0 + 0.5, y0 + i + 0.5)?.[1] ?? NaN);
  return {
    window,
    extent: [across[0], across[across.length - 1], down[0], down[down.length - 1]],
    row(y, cols, rows) {
      cols.set(across, x0);
      rows.fill(down[y - y0], x0, x1);
    },
  };
}

/** A part of the window with its interpolation; null: every position is computed. */
interface Piece {
  window: TileWindow;
  fit: SmoothFit | null;
}

const centres = ({ x0, x1, y0, y1 }: TileWindow): Span => ({ x0: x0 + 0.5, x1: x1 - 0.5, y0: y0 + 0.5, y1: y1 - 0.5 });

/** Halves a window until it is smooth enough, or small. */
function pieces(surface: Surface, window: TileWindow): Piece[] {
  const { x0, x1, y0, y1 } = window;
  if (x1 <= x0 || y1 <= y0) return [];
  if (Math.max(x1 - x0, y1 - y0) <= exactSide) return [{ window, fit: null }];
  const fit = fitSmooth(surface, centres(window));
  if (fit && fit.error <= tolerance) return [{ window, fit }];
  const [x, y] = [Math.floor((x0 + x1) / 2), Math.floor((y0 + y1) / 2)];
  const quarters = [
    { x0, x1: x, y0, y1: y },
    { x0: x, x1, y0, y1: y },
    { x0, x1: x, y0: y, y1 },
    { x0: x, x1, y0: y, y1 },
  ];
  return quarters.flatMap((quarter) => pieces(surface, quarter));
}

function exactRow(surface: Surface, { x0, x1 }: TileWindow, y: number, cols: Float64Array, rows: Float64Array): void {
  for (let x = x0; x < x1; x++) {
    const point = surface(x + 0.5, y + 0.5);
    cols[x] = point ? point[0] : NaN;
    rows[x] = point ? point[1] : NaN;
  }
}

type Extent = TileMapping['extent'];

function grow(extent: Extent, col: readonly [number, number], row: readonly [number, number]): void {
  extent[0] = Math.min(extent[0], col[0]);
  extent[1] = Math.max(extent[1], col[1]);
  extent[2] = Math.min(extent[2], row[0]);
  extent[3] = Math.max(extent[3], row[1]);
}

function growExact(extent: Extent, surface: Surface, { x0, x1, y0, y1 }: TileWindow): void {
  for (let y = y0; y < y1; y++)
    for (let x = x0; x < x1; x++) {
      const point = surface(x + 0.5, y + 0.5);
      if (point) grow(extent, [point[0], point[0]], [point[1], point[1]]);
    }
}

function extentOf(surface: Surface, all: readonly Piece[]): Extent {
  const extent: Extent = [Infinity, -Infinity, Infinity, -Infinity];
  for (const { window, fit } of all)
    if (fit) grow(extent, rangeOf(fit, 0), rangeOf(fit, 1));
    else growExact(extent, surface, window);
  return extent;
}

/**
 * Maps a window of a tile onto a level of a source. In degrees and in Mercator every column and row is computed;
 * elsewhere positions are interpolated by polynomials that are less than 1e-6 source pixels off, or computed each where
 * the projection is not smooth enough for that.
 */
export function tileMapping(surface: Surface, separable: boolean, window: TileWindow): TileMapping {
  if (separable) return separableMapping(surface, window);
  const all = pieces(surface, window);
  return {
    window,
    extent: extentOf(surface, all),
    row(y, cols, rows) {
      for (const { window: part, fit } of all) {
        if (y < part.y0 || y >= part.y1) continue;
        if (!fit) exactRow(surface, part, y, cols, rows);
        else {
          evaluateRow(fit, 0, y + 0.5, cols, part.x0, part.x1 - part.x0);
          evaluateRow(fit, 1, y + 0.5, rows, part.x0, part.x1 - part.x0);
        }
      }
    },
  };
}
