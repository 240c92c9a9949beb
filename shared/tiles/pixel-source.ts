import type { Crs } from '#shared/raster/crs.ts';
import { decodeBlock } from '#shared/raster/decode-block.ts';
import type { GeoTransform } from '#shared/raster/geo-transform.ts';
import type { Raster } from '#shared/raster/raster.ts';
import type { RasterLevel } from '#shared/raster/raster-level.ts';
import type { Dtype, Samples } from '#shared/raster/samples.ts';
import type { BlockCache } from './block-cache.ts';
import { projectionOf, type Projection } from './projection.ts';
import { boundsOf, type Bounds } from './source-bounds.ts';

/** One band's part of a decoded block: of pixel (x, y) the sample `(y * blockWidth + x) * step + offset`. */
export interface Block {
  samples: Samples;
  step: number;
  offset: number;
}

/** One resolution of a source: the pixels themselves or a reduced version of them. */
export interface SourceLevel {
  readonly width: number;
  readonly height: number;
  readonly transform: GeoTransform;
  readonly blockWidth: number;
  readonly blockHeight: number;
  /** A block by its column and row among the blocks; null where all of it is nodata. Bands count from 1. */
  block(band: number, col: number, row: number): Promise<Block | null>;
}

/** Pixels that tiles are made of, whole in one file or put together from many. */
export interface PixelSource {
  readonly name: string;
  readonly crs: Crs;
  readonly projection: Projection;
  readonly dtype: Dtype;
  readonly bands: number;
  readonly nodata: number | null;
  /** The box round it, degrees. */
  readonly bounds: Bounds;
  /** From fine to coarse, at least one. */
  readonly levels: readonly SourceLevel[];
}

function levelOf(raster: Raster, level: RasterLevel, prefix: string, cache: BlockCache): SourceLevel {
  const { width, height, transform, layout } = level;
  async function load(band: number, col: number, row: number): Promise<Samples | null> {
    const bytes = await level.readRawTile(band, col, row);
    return (
      bytes &&
      decodeBlock(layout, bytes, row).catch((cause) => {
        throw new Error(`block ${col},${row} of ${raster.name} is damaged: ${(cause as Error).message}`, { cause });
      })
    );
  }
  return {
    width,
    height,
    transform,
    blockWidth: layout.blockWidth,
    blockHeight: layout.blockHeight,
    async block(band, col, row) {
      const plane = layout.planar ? band : 1;
      const key = `${prefix}/${plane}/${col}/${row}`;
      const samples = await cache.get(key, () => cache.decode(() => load(plane, col, row)));
      return samples && { samples, step: layout.planar ? 1 : layout.bands, offset: layout.planar ? 0 : band - 1 };
    },
  };
}

/**
 * An open GeoTIFF as a source of tiles.
 *
 * @param version names the file's content in the cache: another one where the file has been replaced
 */
export async function rasterSource(raster: Raster, version: string, cache: BlockCache): Promise<PixelSource> {
  const { name, crs, dtype, bands, nodata } = raster;
  const levels = [raster, ...raster.overviews].map((level, index) =>
    levelOf(raster, level, `${version}/${index}`, cache),
  );
  const projection = await projectionOf(crs);
  const bounds = boundsOf({ projection, ...raster });
  return { name, crs, projection, dtype, bands, nodata, bounds, levels };
}
