import proj4 from 'proj4';
import type { GridWindow } from '#shared/domain/grid.ts';
import { brokenScene } from './broken-scene.ts';
import { crsOfEpsg, sameCrs, type Crs } from './crs.ts';
import type { GeoTransform } from './geo-transform.ts';
import type { Raster } from './raster.ts';
import { maxWindowPixels, type PixelWindow, type RasterLevel } from './raster-level.ts';
import { createSamples, type Samples } from './samples.ts';
import { alignedIndex, sourceIndex, type SourceIndex, type ToSource } from './source-index.ts';

export interface WarpOptions {
  /** Band of the source, from 1. */
  band?: number | undefined;
  /** Resolution to read: the image itself (0), or the n-th overview. */
  level?: number | undefined;
  signal?: AbortSignal | undefined;
}

/** A target holds at most so many pixels: their source positions take 8 bytes each. */
export const maxTargetPixels = 2 ** 24;

function pixelMapping(target: GridWindow, { originX, originY, pixelWidth, pixelHeight }: GeoTransform) {
  const toMap = (x: number, y: number): [number, number] => [
    target.originX + x * target.pixelSize,
    target.originY - y * target.pixelSize,
  ];
  const toPixel = ([x, y]: readonly number[]): [number, number] => [
    (x - originX) / pixelWidth,
    (originY - y) / pixelHeight,
  ];
  return { toMap, toPixel };
}

function makeConverter(name: string, from: Crs, to: Crs) {
  try {
    return proj4(from.proj4, to.proj4);
  } catch (error) {
    throw brokenScene(name, `its projection (${to.proj4}) cannot be computed`, error);
  }
}

/** proj4 throws on some points outside of a projection and gives infinite numbers for others: neither is on the map. */
function projected(name: string, from: Crs, to: Crs): (point: [number, number]) => [number, number] | null {
  const converter = makeConverter(name, from, to);
  return (point) => {
    try {
      const [x, y] = converter.forward(point);
      return Number.isFinite(x) && Number.isFinite(y) ? [x, y] : null;
    } catch {
      return null;
    }
  };
}

function indexOnto(raster: Raster, level: RasterLevel, target: GridWindow): SourceIndex {
  const crs = crsOfEpsg(target.epsg);
  if (!crs) throw new Error(`the grid's EPSG:${target.epsg} is not known`);
  const { toMap, toPixel } = pixelMapping(target, level.transform);
  if (sameCrs(crs, raster.crs)) return alignedIndex((x, y) => toPixel(toMap(x, y)), level, target);
  const project = projected(raster.name, crs, raster.crs);
  const to: ToSource = (x, y) => {
    const point = project(toMap(x, y));
    return point && toPixel(point);
  };
  return sourceIndex(to, level, target);
}

/** The smallest source window that holds every pixel of the index; null where the target lies outside of the source. */
function neededWindow({ cols, rows }: SourceIndex): PixelWindow | null {
  let [west, east, north, south] = [Infinity, -1, Infinity, -1];
  for (let i = 0; i < cols.length; i++) {
    if (cols[i] < 0) continue;
    west = Math.min(west, cols[i]);
    east = Math.max(east, cols[i]);
    north = Math.min(north, rows[i]);
    south = Math.max(south, rows[i]);
  }
  return east < 0 ? null : { col: west, row: north, width: east - west + 1, height: south - north + 1 };
}

function gather(
  index: SourceIndex,
  window: PixelWindow,
  samples: Samples,
  nodata: number | null,
  target: Samples,
): void {
  const { col, row, width } = window;
  for (let i = 0; i < target.length; i++) {
    if (index.cols[i] < 0) continue;
    const value = samples[(index.rows[i] - row) * width + index.cols[i] - col];
    if (value !== nodata && !Number.isNaN(value)) target[i] = value;
  }
}

function levelOf(raster: Raster, level: number): RasterLevel {
  const found = level === 0 ? raster : raster.overviews[level - 1];
  if (found) return found;
  throw new Error(`${raster.name} has no overview ${level}; it has ${raster.overviews.length}`);
}

function checkTarget({ width, height, pixelSize }: GridWindow): void {
  const valid = [width, height].every((side) => Number.isInteger(side) && side >= 1) && pixelSize > 0;
  if (!valid || width * height > maxTargetPixels)
    throw new Error(`a target of ${width}x${height} pixels of ${pixelSize} m cannot be read at once`);
}

/** The window of a level that `readOntoGrid` would read for a target; null where they do not meet. Reads nothing. */
export function windowOnto(raster: Raster, target: GridWindow, options: WarpOptions = {}): PixelWindow | null {
  checkTarget(target);
  const level = levelOf(raster, options.level ?? 0);
  const window = neededWindow(indexOnto(raster, level, target));
  return window && { ...window, band: options.band };
}

/**
 * Reads one band onto a grid, `target.width * target.height` samples of the raster's type, row by row. Every target
 * pixel takes the source pixel that holds its centre (nearest neighbour, the same as `gdalwarp -r near -et 0`); in the
 * same CRS that is plain index arithmetic, which brings 20 m pixels to 10 m. A target pixel outside of the source, or
 * on its nodata, or NaN, is 0. At most one source window of `maxWindowPixels` is in memory.
 */
export async function readOntoGrid(raster: Raster, target: GridWindow, options: WarpOptions = {}): Promise<Samples> {
  const { band, signal } = options;
  signal?.throwIfAborted();
  checkTarget(target);
  const level = levelOf(raster, options.level ?? 0);
  const index = indexOnto(raster, level, target);
  const filled = createSamples(raster.dtype, target.width * target.height);
  const window = neededWindow(index);
  if (!window) return filled;
  if (window.width * window.height > maxWindowPixels)
    throw brokenScene(raster.name, `its pixels are too fine for the grid (${window.width}x${window.height} of them)`);
  const samples = await level.readWindow({ ...window, band }, signal);
  gather(index, window, samples, raster.nodata, filled);
  return filled;
}
