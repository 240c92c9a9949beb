import { readFileSync } from 'node:fs';
import { openRaster } from '#shared/raster/raster.ts';
import type { ByteSource } from '#shared/raster/source.ts';
import { fileSource } from '#shared/raster/file-source.ts';
import { runPython } from '#shared/testing/fixtures/cog/gdal.ts';
import { blockCache } from '../block-cache.ts';
import { rasterSource, type PixelSource } from '../pixel-source.ts';
import type { TileAddress, TileMatrixSet } from '../tile-matrix-set.ts';

/** A class raster as GDAL makes it. */
export interface MadeRaster {
  epsg: number;
  origin: [number, number];
  pixel: [number, number];
  size: [number, number];
  values: number[];
  nodata: number | null;
  hole?: boolean;
  confidence?: boolean;
  seed?: number;
  overviews?: string | null;
  compress?: string;
  /** Colours by value, kept in the file. */
  palette?: readonly (readonly number[])[];
}

const script = (name: string) => new URL(name, import.meta.url).pathname;

/** Lets GDAL write a COG of irregular patches. */
export async function makeRaster(path: string, options: MadeRaster): Promise<void> {
  await runPython([script('make_raster.py'), path, JSON.stringify(options)]);
}

export async function openSource(path: string): Promise<PixelSource> {
  return rasterSource(await openRaster(fileSource(path)), path, blockCache(2 ** 26));
}

/** A tile's box in its set's CRS, easting or longitude first. */
export function tileBounds(set: TileMatrixSet, { z, x, y }: TileAddress): [number, number, number, number] {
  const [west, north] = set.epsg === 3857 ? set.topLeft : [-180, 90];
  const side = (set.pixelSize * 256) / 2 ** z;
  return [west + x * side, north - (y + 1) * side, west + (x + 1) * side, north - y * side];
}

export interface WarpedTile {
  set: TileMatrixSet;
  address: TileAddress;
  size: number;
}

/** The tiles as `gdalwarp -r near -et 0 -ovr NONE` makes them, one byte a pixel; where the source has none, `nodata`. */
export async function warpTiles(path: string, tiles: readonly WarpedTile[], nodata: number): Promise<Uint8Array[]> {
  const out = `${path}.warped`;
  const asked = tiles.map(({ set, address, size }) => ({
    epsg: set.epsg,
    bounds: tileBounds(set, address),
    size,
    nodata,
  }));
  await runPython([script('warp_tiles.py'), path, JSON.stringify(asked), out]);
  const bytes = readFileSync(out);
  let at = 0;
  return tiles.map(({ size }) => bytes.subarray(at, (at += size * size)));
}

/** A source whose reads are counted. */
export function countedSource(path: string): { source: ByteSource; reads: { offset: number; length: number }[] } {
  const reads: { offset: number; length: number }[] = [];
  const file = fileSource(path);
  return {
    reads,
    source: {
      name: path,
      size: (signal) => file.size(signal),
      read(offset, length, signal) {
        reads.push({ offset, length });
        return file.read(offset, length, signal);
      },
    },
  };
}
