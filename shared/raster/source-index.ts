/** Which source pixel each target pixel takes: column and row, row by row of the target; column -1 means none. */
export interface SourceIndex {
  cols: Int32Array;
  rows: Int32Array;
}

/** Maps a target pixel's centre (in target pixels) to a position in source pixels; null where there is no answer. */
export type ToSource = (x: number, y: number) => readonly [number, number] | null;

export interface Size {
  width: number;
  height: number;
}

/** Positions this close below a pixel's edge count as beyond it, as in GDAL's warper. */
const edge = 1e-10;
const cellSide = 32;

/** Of a row or column of `limit` pixels the one that holds a position; -1 for none. */
export function pixelAt(position: number, limit: number): number {
  const pixel = Math.floor(position + edge);
  return pixel >= 0 && pixel < limit ? pixel : -1;
}

/** An exact evaluation of every pixel's centre. */
function fillExact(index: SourceIndex, to: ToSource, source: Size, at: number, x: number, y: number): void {
  const point = to(x + 0.5, y + 0.5);
  const col = point ? pixelAt(point[0], source.width) : -1;
  const row = point ? pixelAt(point[1], source.height) : -1;
  const inside = col >= 0 && row >= 0;
  index.cols[at] = inside ? col : -1;
  index.rows[at] = inside ? row : -1;
}

type Point = readonly [number, number];
type Corners = readonly [Point, Point, Point, Point];

const bilinear = (corners: Corners, axis: 0 | 1, u: number, v: number) =>
  (corners[0][axis] * (1 - u) + corners[1][axis] * u) * (1 - v) +
  (corners[2][axis] * (1 - u) + corners[3][axis] * u) * v;

interface Cell {
  x: number;
  y: number;
  width: number;
  height: number;
}

/**
 * The four corner pixels of a cell in source pixels, and how far the interpolation between them can be wrong: four
 * times the largest error at the centre and the middle of the edges, where that of a smooth transform is largest.
 * Null where the transform is not smooth enough to interpolate.
 */
function interpolation({ x, y, width, height }: Cell, to: ToSource): { corners: Corners; tolerance: number } | null {
  const at = (u: number, v: number) => to(x + 0.5 + u * (width - 1), y + 0.5 + v * (height - 1));
  const [a, b, c, d] = [at(0, 0), at(1, 0), at(0, 1), at(1, 1)];
  if (!a || !b || !c || !d) return null;
  const corners: Corners = [a, b, c, d];
  let error = 0;
  for (const [u, v] of [
    [0.5, 0.5],
    [0.5, 0],
    [0.5, 1],
    [0, 0.5],
    [1, 0.5],
  ]) {
    // prettier-ignore
    const exact = at(u, v);
    if (!exact) return null;
    for (const axis of [0, 1] as const) error = Math.max(error, Math.abs(bilinear(corners, axis, u, v) - exact[axis]));
  }
  const tolerance = 4 * error + 1e-6;
  return tolerance < 0.1 ? { corners, tolerance } : null;
}

const nearEdge = (value: number, tolerance: number) => Math.abs(value - Math.round(value)) <= tolerance;

function fillCell(index: SourceIndex, cell: Cell, to: ToSource, source: Size, target: Size): void {
  const smooth = interpolation(cell, to);
  for (let y = cell.y; y < cell.y + cell.height; y++) {
    const v = (y - cell.y) / Math.max(1, cell.height - 1);
    for (let x = cell.x; x < cell.x + cell.width; x++) {
      const at = y * target.width + x;
      const u = (x - cell.x) / Math.max(1, cell.width - 1);
      const col = smooth ? bilinear(smooth.corners, 0, u, v) : 0;
      const row = smooth ? bilinear(smooth.corners, 1, u, v) : 0;
      if (!smooth || nearEdge(col, smooth.tolerance) || nearEdge(row, smooth.tolerance))
        fillExact(index, to, source, at, x, y);
      else if (col > 0 && row > 0 && col < source.width && row < source.height) {
        index.cols[at] = Math.floor(col);
        index.rows[at] = Math.floor(row);
      }
    }
  }
}

/**
 * The nearest source pixel of every target pixel, the same as by transforming each centre: between the corners of
 * small cells positions are interpolated, and any that lies closer to a pixel's edge than the interpolation can be
 * wrong is transformed itself.
 */
export function sourceIndex(to: ToSource, source: Size, target: Size): SourceIndex {
  const count = target.width * target.height;
  const index = { cols: new Int32Array(count).fill(-1), rows: new Int32Array(count).fill(-1) };
  for (let y = 0; y < target.height; y += cellSide)
    for (let x = 0; x < target.width; x += cellSide) {
      const width = Math.min(cellSide, target.width - x);
      const height = Math.min(cellSide, target.height - y);
      fillCell(index, { x, y, width, height }, to, source, target);
    }
  return index;
}

/** The same as `sourceIndex` for a target in the source's own CRS: columns and rows do not depend on each other there. */
export function alignedIndex(to: ToSource, source: Size, target: Size): SourceIndex {
  const across = Int32Array.from({ length: target.width }, (_, x) =>
    pixelAt(to(x + 0.5, 0.5)?.[0] ?? -1, source.width),
  );
  const down = Int32Array.from({ length: target.height }, (_, y) =>
    pixelAt(to(0.5, y + 0.5)?.[1] ?? -1, source.height),
  );
  const count = target.width * target.height;
  const index = { cols: new Int32Array(count).fill(-1), rows: new Int32Array(count).fill(-1) };
  for (let y = 0; y < target.height; y++) {
    if (down[y] < 0) continue;
    index.cols.set(across, y * target.width);
    index.rows.fill(down[y], y * target.width, (y + 1) * target.width);
  }
  return index;
}
