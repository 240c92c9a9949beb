import { GeoCropError } from '#shared/domain/errors.ts';
import { createSamples, type Samples } from '#shared/raster/samples.ts';
import type { PixelSource, SourceLevel } from './pixel-source.ts';
import { withRoom } from './source-bounds.ts';
import { tileMapping, tileSurface, type TileMapping, type TileWindow } from './tile-mapping.ts';
import type { TileGrid } from './tile-matrix-set.ts';

/** What of a source a tile shows. */
export interface TilePlan {
  level: SourceLevel;
  mapping: TileMapping;
  /** The pixels of the level that are needed: all of them inside it. */
  source: SourceWindow;
}

export interface SourceWindow {
  col: number;
  row: number;
  width: number;
  height: number;
}

/** A tile reads at most so many pixels of one level: a source without overviews has more at a low zoom. */
const maxSourcePixels = 2 ** 24;

function windowOf(grid: TileGrid, source: PixelSource): TileWindow | null {
  const [west, south, east, north] = withRoom(source.bounds);
  const pixel = (value: number) => Math.min(grid.size, Math.max(0, value));
  const window = {
    x0: pixel(Math.floor(grid.x(west))),
    x1: pixel(Math.ceil(grid.x(east))),
    y0: pixel(Math.floor(grid.y(Math.min(90, north)))),
    y1: pixel(Math.ceil(grid.y(Math.max(-90, south)))),
  };
  return window.x1 > window.x0 && window.y1 > window.y0 ? window : null;
}

/** Source pixels of the finest level that one pixel of the tile is wide or high, the smaller of the two. */
function reduction(grid: TileGrid, source: PixelSource, { x0, x1, y0, y1 }: TileWindow): number {
  const surface = tileSurface(grid, source, source.levels[0]);
  const [x, y] = [(x0 + x1) / 2, (y0 + y1) / 2];
  const length = (dx: number, dy: number) => {
    const [a, b] = [surface(x - dx, y - dy), surface(x + dx, y + dy)];
    return a && b ? Math.hypot(b[0] - a[0], b[1] - a[1]) : 1;
  };
  return Math.min(length(0.5, 0), length(0, 0.5));
}

/** The coarsest level whose pixels are not wider than those of the tile: the finest where none is. */
function chooseLevel(grid: TileGrid, source: PixelSource, window: TileWindow): SourceLevel {
  const size = source.levels[0].transform.pixelWidth * reduction(grid, source, window) * (1 + 1e-6);
  return source.levels.findLast(({ transform }) => transform.pixelWidth <= size) ?? source.levels[0];
}

function sourceWindow({ extent }: TileMapping, { width, height }: SourceLevel): SourceWindow | null {
  const [west, east] = [Math.max(0, Math.floor(extent[0])), Math.min(width - 1, Math.floor(extent[1]))];
  const [north, south] = [Math.max(0, Math.floor(extent[2])), Math.min(height - 1, Math.floor(extent[3]))];
  // Written so that a position that is no number ends here as well.
  if (!(west <= east && north <= south)) return null;
  return { col: west, row: north, width: east - west + 1, height: south - north + 1 };
}

/** Finds the level and the pixels for a tile; null where the tile and the source do not meet. Reads nothing. */
export function planTile(source: PixelSource, grid: TileGrid, chosen?: SourceLevel): TilePlan | null {
  const window = windowOf(grid, source);
  if (!window) return null;
  const level = chosen ?? chooseLevel(grid, source, window);
  const mapping = tileMapping(tileSurface(grid, source, level), source.projection.separable, window);
  const needed = sourceWindow(mapping, level);
  return needed && { level, mapping, source: needed };
}

/** Samples in memory: pixel (col, row) of the level is at `(row - row0) * stride + (col - col0) * step + offset`. */
interface Pixels {
  samples: Samples;
  stride: number;
  step: number;
  offset: number;
  col0: number;
  row0: number;
}

interface Tile {
  col: number;
  row: number;
}

function blocksOf({ blockWidth, blockHeight }: SourceLevel, { col, row, width, height }: SourceWindow): Tile[] {
  const tiles: Tile[] = [];
  for (let r = Math.floor(row / blockHeight); r * blockHeight < row + height; r++)
    for (let c = Math.floor(col / blockWidth); c * blockWidth < col + width; c++) tiles.push({ col: c, row: r });
  return tiles;
}

/** A window inside of one block is read where it lies. */
async function oneBlock(level: SourceLevel, band: number, { col, row }: Tile): Promise<Pixels | null> {
  const block = await level.block(band, col, row);
  if (!block) return null;
  const { blockWidth, blockHeight } = level;
  const { samples, step, offset } = block;
  return { samples, stride: blockWidth * step, step, offset, col0: col * blockWidth, row0: row * blockHeight };
}

function copyBlock(from: Pixels, level: SourceLevel, target: Pixels, window: SourceWindow): void {
  const west = Math.max(window.col, from.col0);
  const east = Math.min(window.col + window.width, from.col0 + level.blockWidth);
  const south = Math.min(window.row + window.height, from.row0 + level.blockHeight);
  for (let row = Math.max(window.row, from.row0); row < south; row++) {
    let at = (row - from.row0) * from.stride + (west - from.col0) * from.step + from.offset;
    const to = (row - target.row0) * target.stride + west - target.col0;
    if (from.step === 1) target.samples.set(from.samples.subarray(at, at + east - west), to);
    else for (let i = 0; i < east - west; i++, at += from.step) target.samples[to + i] = from.samples[at];
  }
}

/** The pixels of a window, put together from the blocks under it; null where every one of them is absent. */
export async function readPixels(
  source: PixelSource,
  level: SourceLevel,
  band: number,
  window: SourceWindow,
): Promise<Pixels | null> {
  const tiles = blocksOf(level, window);
  if (tiles.length === 1) return oneBlock(level, band, tiles[0]);
  if (window.width * window.height > maxSourcePixels)
    throw new GeoCropError(
      'too-large',
      `${source.name} has no overview that is coarse enough to show ${window.width} x ${window.height} pixels at once; zoom in`,
    );
  const blocks = await Promise.all(tiles.map((tile) => oneBlock(level, band, tile)));
  const found = blocks.filter((block) => block !== null);
  if (found.length === 0) return null;
  const samples = createSamples(source.dtype, window.width * window.height);
  if (source.nodata !== null && found.length < tiles.length) samples.fill(source.nodata);
  const target = { samples, stride: window.width, step: 1, offset: 0, col0: window.col, row0: window.row };
  for (const block of found) copyBlock(block, level, target, window);
  return target;
}

/** Sets what `lut` says of every pixel of the tile; says whether anything but 0 was set. */
function gather(plan: TilePlan, pixels: Pixels, lut: Uint8Array, size: number, out: Uint8Array): boolean {
  const { mapping, source: needed } = plan;
  const { x0, x1, y0, y1 } = mapping.window;
  const { samples, stride, step } = pixels;
  const start = (needed.row - pixels.row0) * stride + (needed.col - pixels.col0) * step + pixels.offset;
  const cols = new Float64Array(size);
  const rows = new Float64Array(size);
  let any = 0;
  for (let y = y0; y < y1; y++) {
    mapping.row(y, cols, rows);
    for (let x = x0; x < x1; x++) {
      const col = cols[x] - needed.col;
      const row = rows[x] - needed.row;
      // False for NaN as well; where it is true, truncation is the floor.
      if (!(col >= 0 && row >= 0 && col < needed.width && row < needed.height)) continue;
      const value = lut[samples[start + (row | 0) * stride + (col | 0) * step]];
      out[y * size + x] = value;
      any |= value;
    }
  }
  return any !== 0;
}

/**
 * The pixels of a tile by nearest neighbour, row by row, `grid.size` on a side: for each the entry of `lut` at the
 * sample's value, 0 outside of the source and for samples that `lut` has no entry for. Null where all of them are 0.
 *
 * @param lut by sample value; 0 is for what is not shown
 */
export async function sampleTile(
  source: PixelSource,
  grid: TileGrid,
  band: number,
  lut: Uint8Array,
  plan: TilePlan | null = planTile(source, grid),
): Promise<Uint8Array | null> {
  if (!plan) return null;
  const pixels = await readPixels(source, plan.level, band, plan.source);
  if (!pixels) return null;
  const out = new Uint8Array(grid.size * grid.size);
  return gather(plan, pixels, lut, grid.size, out) ? out : null;
}
