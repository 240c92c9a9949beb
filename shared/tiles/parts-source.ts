import type { ChunkId, GridWindow } from '#shared/domain/grid.ts';
import { chunkMetres, chunkPixels, windowBox } from '#shared/domain/grid.ts';
import { crsOfEpsg } from '#shared/raster/crs.ts';
import { reduceClasses } from '#shared/raster/overview.ts';
import type { BlockCache } from './block-cache.ts';
import type { Block, PixelSource, SourceLevel } from './pixel-source.ts';
import { projectionOf } from './projection.ts';
import type { SourceWindow } from './sample-tile.ts';
import { boundsOf } from './source-bounds.ts';

/** A committed part of a job and where it lies in the job's extent, in chunks. */
export interface CommittedPart {
  key: string;
  chunk: ChunkId;
}

/** The map of a job as far as it is computed: class in band 1, confidence in band 2, both 0 where nothing is yet. */
export interface PartsSource extends PixelSource {
  /** The parts under a window of the finest level, in the order of their place. */
  partsUnder(window: SourceWindow): string[];
}

/** A chunk is halved until it is one pixel. */
const levelCount = Math.log2(chunkPixels) + 1;

interface Mosaic {
  extent: GridWindow;
  parts: ReadonlyMap<string, string>;
  cache: BlockCache;
  /** Opens the source of one part. */
  openPart(key: string): Promise<PixelSource>;
}

const placeOf = (col: number, row: number) => `${col},${row}`;

async function finest({ openPart }: Mosaic, key: string, band: number): Promise<Block | null> {
  const part = await openPart(key);
  return part.levels[0].block(band, 0, 0);
}

/** A reduced chunk: class and confidence by the rule of the result's own overviews, one plane after the other. */
async function reduced(mosaic: Mosaic, key: string, level: number): Promise<Uint8Array | null> {
  const samples = await mosaic.cache.get(`part/${key}/${level}`, async () => {
    const side = chunkPixels >> (level - 1);
    const planes = await planesOf(mosaic, key, level - 1, side * side);
    if (!planes) return null;
    const { classes, confidence } = reduceClasses(planes, { width: side, height: side });
    return Uint8Array.from([...classes, ...confidence]);
  });
  return samples as Uint8Array | null;
}

async function planesOf(mosaic: Mosaic, key: string, level: number, pixels: number) {
  if (level > 0) {
    const both = await reduced(mosaic, key, level);
    return both && { classes: both.subarray(0, pixels), confidence: both.subarray(pixels) };
  }
  const [classes, confidence] = await Promise.all([finest(mosaic, key, 1), finest(mosaic, key, 2)]);
  const empty = new Uint8Array(pixels);
  return (
    classes && { classes: classes.samples as Uint8Array, confidence: (confidence?.samples ?? empty) as Uint8Array }
  );
}

function levelOf(mosaic: Mosaic, level: number): SourceLevel {
  const { extent, parts } = mosaic;
  const side = chunkPixels >> level;
  const size = extent.pixelSize * 2 ** level;
  return {
    width: extent.width >> level,
    height: extent.height >> level,
    transform: { originX: extent.originX, originY: extent.originY, pixelWidth: size, pixelHeight: size },
    blockWidth: side,
    blockHeight: side,
    async block(band, col, row) {
      const key = parts.get(placeOf(col, row));
      if (key === undefined) return null;
      if (level === 0) return finest(mosaic, key, band);
      const samples = await reduced(mosaic, key, level);
      return samples && { samples, step: 1, offset: (band - 1) * side * side };
    },
  };
}

/** Column and row of a chunk in the extent, counted from its upper left. */
function placeInExtent({ col, row }: ChunkId, extent: GridWindow): [number, number] {
  const [west, , , north] = windowBox(extent);
  return [col - Math.round(west / chunkMetres), Math.round(north / chunkMetres) - 1 - row];
}

/** Puts committed parts together on the job's grid, with levels as the finished map will have them. */
export async function partsSource(
  name: string,
  extent: GridWindow,
  committed: readonly CommittedPart[],
  io: Pick<Mosaic, 'cache' | 'openPart'>,
): Promise<PartsSource> {
  const parts = new Map(committed.map(({ key, chunk }) => [placeOf(...placeInExtent(chunk, extent)), key]));
  const crs = crsOfEpsg(extent.epsg);
  if (!crs) throw new Error(`the grid's EPSG:${extent.epsg} is not known`);
  const projection = await projectionOf(crs);
  const levels = Array.from({ length: levelCount }, (_, level) => levelOf({ extent, parts, ...io }, level));
  const bounds = boundsOf({ projection, ...levels[0] });
  return {
    name,
    crs,
    projection,
    dtype: 'uint8',
    bands: 2,
    nodata: 0,
    bounds,
    levels,
    partsUnder({ col, row, width, height }) {
      const keys: string[] = [];
      for (let r = Math.floor(row / chunkPixels); r * chunkPixels < row + height; r++)
        for (let c = Math.floor(col / chunkPixels); c * chunkPixels < col + width; c++) {
          const key = parts.get(placeOf(c, r));
          if (key !== undefined) keys.push(`${placeOf(c, r)}=${key}`);
        }
      return keys;
    },
  };
}
