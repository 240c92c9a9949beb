import { setImmediate } from 'node:timers/promises';
import { GeoCropError } from '#shared/domain/errors.ts';
import type { Position } from '#shared/domain/ring.ts';
import { pixelAreas } from './pixel-area.ts';
import type { Block, PixelSource, SourceLevel } from './pixel-source.ts';
import { countCrossings, placed, rowSpans, type PixelRings, type PlacedPolygon, type Span } from './row-spans.ts';

/** What lies under polygons. */
export interface Histogram {
  /** Pixels and square metres by sample value, 0-255. */
  pixels: Float64Array;
  squareMetres: Float64Array;
  /** Pixels of the polygons that lie outside of the raster. */
  outside: number;
  /** Edge of the pixels that were counted, units of the CRS. */
  pixelSize: number;
  /** False: counted on an overview, because the polygon has too many pixels of the raster itself. */
  exact: boolean;
}

export interface HistogramLimits {
  /** Pixels of the box round the polygons. */
  maxPixels: number;
  /** Crossings of edges with rows. */
  maxCrossings: number;
}

export const histogramLimits: HistogramLimits = { maxPixels: 25_000_000, maxCrossings: 4_000_000 };

/** The polygons in pixels of a level; their edges are straight in the raster's CRS, as those of a job's area. */
function inPixels(polygons: Position[][][], source: PixelSource, { transform }: SourceLevel): PixelRings[] {
  const { originX, originY, pixelWidth, pixelHeight } = transform;
  const toPixel = ([lon, lat]: Position): Position => {
    const point = source.projection.forward(lon, lat);
    if (!point)
      throw new GeoCropError('invalid-aoi', `the position ${lon}, ${lat} is too far from the layer to be measured`, {
        field: 'body',
      });
    return [(point[0] - originX) / pixelWidth, (originY - point[1]) / pixelHeight];
  };
  return polygons.map((rings) => rings.map((ring) => ring.map(toPixel)));
}

interface PixelBox {
  west: number;
  east: number;
  north: number;
  south: number;
}

/** The box round polygons within a level, in whole pixels; its east and south are not part of it. */
function boxOf(polygons: readonly PixelRings[], { width, height }: SourceLevel): PixelBox {
  const box = { west: Infinity, east: -Infinity, north: Infinity, south: -Infinity };
  for (const [x, y] of polygons.flat(2) as Position[]) {
    box.west = Math.min(box.west, x);
    box.east = Math.max(box.east, x);
    box.north = Math.min(box.north, y);
    box.south = Math.max(box.south, y);
  }
  return {
    west: Math.max(0, Math.floor(box.west)),
    east: Math.min(width, Math.ceil(box.east)),
    north: Math.max(0, Math.floor(box.north)),
    south: Math.min(height, Math.ceil(box.south)),
  };
}

interface Choice {
  level: SourceLevel;
  rings: PixelRings[];
  box: PixelBox;
}

function choose(source: PixelSource, polygons: Position[][][], limits: HistogramLimits): Choice {
  for (const level of source.levels) {
    const rings = inPixels(polygons, source, level);
    const box = boxOf(rings, level);
    const pixels = Math.max(0, box.east - box.west) * Math.max(0, box.south - box.north);
    if (pixels <= limits.maxPixels && countCrossings(rings, box.north, box.south) <= limits.maxCrossings)
      return { level, rings, box };
  }
  throw new GeoCropError(
    'invalid-aoi',
    'the polygon is too large or too ragged to be counted; ask for smaller pieces',
    {
      field: 'body',
    },
  );
}

/** Adds the pixels of spans that lie in one block, row by row. */
function addBlock(counts: Uint32Array, { samples, step, offset }: Block, at: number, from: number, to: number): void {
  for (let col = from, i = at + from * step + offset; col < to; col++, i += step) counts[samples[i] & 255]++;
}

interface BlockRow {
  level: SourceLevel;
  blocks: Map<number, Block | null>;
  /** First row of the block row. */
  top: number;
  nodata: number | null;
}

function addSpan(counts: Uint32Array, { level, blocks, top, nodata }: BlockRow, row: number, span: Span): void {
  const { blockWidth } = level;
  for (let col = span[0]; col <= span[1];) {
    const index = Math.floor(col / blockWidth);
    const end = Math.min(span[1] + 1, (index + 1) * blockWidth);
    const block = blocks.get(index);
    if (block) {
      const at = (row - top) * blockWidth * block.step;
      addBlock(counts, block, at, col - index * blockWidth, end - index * blockWidth);
    } else counts[nodata ?? 0] += end - col;
    col = end;
  }
}

async function blocksUnder(level: SourceLevel, band: number, blockRow: number, spans: readonly Span[]) {
  const needed = new Set<number>();
  for (const [first, last] of spans)
    for (let i = Math.floor(first / level.blockWidth); i * level.blockWidth <= last; i++) needed.add(i);
  const entries = [...needed].map(async (i) => [i, await level.block(band, i, blockRow)] as const);
  return new Map(await Promise.all(entries));
}

const lengthOf = ([first, last]: Span) => last - first + 1;

/** The part of a span that lies in the raster; null where none does. */
function clipped([first, last]: Span, width: number): Span | null {
  const [west, east] = [Math.max(0, first), Math.min(width - 1, last)];
  return east >= west ? [west, east] : null;
}

const sumOf = (rows: Span[][]) => rows.flat().reduce((total, span) => total + lengthOf(span), 0);

const meets = (from: number, to: number) => (polygon: PlacedPolygon) => polygon.from < to && polygon.to > from;

/** Lets others have their turn: counting itself may wait for nothing. */
async function takeTurn(signal: AbortSignal | undefined): Promise<void> {
  await setImmediate();
  signal?.throwIfAborted();
}

/** Rows beyond the raster, summed over the polygons, that are counted. */
const maxRowsOutside = 200_000;
const stripRows = 512;

function isTooMuch(polygons: readonly PlacedPolygon[], ranges: number[][], { maxCrossings }: HistogramLimits): boolean {
  const rings = polygons.map((polygon) => polygon.rings);
  const cost = ranges.reduce((sum, [from, to]) => sum + (to - from) + countCrossings(rings, from, to), 0);
  const within = (polygon: PlacedPolygon, [from, to]: number[]) =>
    Math.max(0, Math.min(to, polygon.to) - Math.max(from, polygon.from));
  const rows = polygons.flatMap((polygon) => ranges.map((range) => within(polygon, range)));
  return cost > maxCrossings || rows.reduce((sum, count) => sum + count, 0) > maxRowsOutside;
}

/** Pixels of the polygons over rows that the raster does not have, strip by strip; NaN where they are too many. */
async function rowsOutside(
  polygons: readonly PlacedPolygon[],
  height: number,
  { limits, signal }: { limits: HistogramLimits; signal: AbortSignal | undefined },
): Promise<number> {
  const first = polygons.reduce((least, { from }) => Math.min(least, from), 0);
  const last = polygons.reduce((most, { to }) => Math.max(most, to), height);
  const ranges = [
    [first, 0],
    [height, last],
  ].filter(([from, to]) => to > from);
  if (isTooMuch(polygons, ranges, limits)) return NaN;
  let outside = 0;
  for (const [from, to] of ranges)
    for (let top = from; top < to; top += stripRows) {
      await takeTurn(signal);
      const end = Math.min(to, top + stripRows);
      const met = polygons.filter(meets(top, end));
      if (met.length > 0) outside += sumOf(rowSpans(met, top, end));
    }
  return outside;
}

/**
 * Counts the pixels whose centre lies in polygons, at the finest level that the limits allow. Blocks are read row by
 * row, so that few are in memory. `outside` is NaN where the polygons reach too far beyond the raster to be counted.
 *
 * @param polygons rings in degrees, longitude first, checked
 */
export async function polygonHistogram(
  source: PixelSource,
  band: number,
  polygons: Position[][][],
  options: { limits?: HistogramLimits | undefined; signal?: AbortSignal | undefined } = {},
): Promise<Histogram> {
  const { limits = histogramLimits, signal } = options;
  const { level, rings, box } = choose(source, polygons, limits);
  const areaOf = pixelAreas(source, level);
  const pixels = new Float64Array(256);
  const squareMetres = new Float64Array(256);
  const placedRings = rings.map(placed);
  let outside = await rowsOutside(placedRings, level.height, { limits, signal });
  const { blockHeight } = level;
  for (let blockRow = Math.floor(box.north / blockHeight); blockRow * blockHeight < box.south; blockRow++) {
    await takeTurn(signal);
    const top = blockRow * blockHeight;
    const [from, to] = [Math.max(box.north, top), Math.min(box.south, top + blockHeight)];
    const met = placedRings.filter(meets(from, to));
    if (met.length === 0) continue;
    const all = rowSpans(met, from, to);
    const inside = all.map((spans) => spans.map((span) => clipped(span, level.width)).filter((span) => span !== null));
    outside += sumOf(all) - sumOf(inside);
    const blocks = await blocksUnder(level, band, blockRow, inside.flat());
    const blockRowOf = { level, blocks, top, nodata: source.nodata };
    inside.forEach((spans, i) => {
      const counts = new Uint32Array(256);
      for (const span of spans) addSpan(counts, blockRowOf, from + i, span);
      const area = areaOf(from + i);
      counts.forEach((count, value) => {
        pixels[value] += count;
        squareMetres[value] += count * area;
      });
    });
  }
  return {
    pixels,
    squareMetres,
    outside,
    pixelSize: level.transform.pixelWidth,
    exact: level === source.levels[0],
  };
}
