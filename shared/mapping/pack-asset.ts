import { createHash } from 'node:crypto';
import { chunkPixels, type GridWindow } from '#shared/domain/grid.ts';
import { GeoCropError } from '#shared/domain/errors.ts';
import { tilesAcross, type CogLevel, type CogSpec } from '#shared/raster/cog-spec.ts';
import { writeCog } from '#shared/raster/cog-writer.ts';
import type { Raster } from '#shared/raster/raster.ts';
import { encodeTile, type TileForm } from '#shared/raster/tile-encode.ts';
import { windowOnto } from '#shared/raster/warp.ts';

/** A cut-out of one asset, as a file of its own. */
export interface PackedAsset {
  bytes: Uint8Array;
  sha256: string;
  /** Rows and columns. */
  shape: [number, number];
  transform: number[];
}

type Integers = Uint8Array | Uint16Array;

/**
 * Cuts out of a raster, in its own CRS and unchanged, every pixel that a map of the window reads: a map of the pack is
 * the map of its source. Null where the raster misses the window.
 */
export async function packAsset(
  raster: Raster,
  target: GridWindow,
  name: string,
  signal?: AbortSignal,
): Promise<PackedAsset | null> {
  const window = windowOnto(raster, target);
  if (!window) return null;
  const { epsg } = raster.crs;
  const { originX, originY, pixelWidth, pixelHeight } = raster.transform;
  if (
    epsg === null ||
    Math.abs(pixelWidth - pixelHeight) > 1e-9 ||
    (raster.dtype !== 'uint8' && raster.dtype !== 'uint16')
  )
    throw new GeoCropError(
      'broken-scene',
      `${raster.name} cannot be packed: it needs an EPSG code, square pixels and unsigned samples of 8 or 16 bits`,
    );
  const { col, row, width, height } = window;
  const placed: GridWindow = {
    epsg,
    originX: originX + col * pixelWidth,
    originY: originY - row * pixelHeight,
    pixelSize: pixelWidth,
    width,
    height,
  };
  const samples = (await raster.readWindow(window, signal)) as Integers;
  const form: TileForm = { dtype: raster.dtype, predictor: 2, nodata: raster.nodata ?? 0 };
  const bytes = await encodeRaster({ ...form, window: placed, bands: [{ name }] }, samples, form);
  return {
    bytes,
    sha256: createHash('sha256').update(bytes).digest('hex'),
    shape: [height, width],
    transform: [pixelWidth, 0, placed.originX, 0, -pixelWidth, placed.originY],
  };
}

/** One band with overviews by nearest neighbour: the classes of SCL allow no mean. */
async function encodeRaster(spec: CogSpec, samples: Integers, form: TileForm): Promise<Uint8Array> {
  const levels: CogLevel[] = [];
  let level = { samples, width: spec.window.width, height: spec.window.height };
  levels.push(await encodeLevel(level, form));
  while (Math.max(level.width, level.height) > chunkPixels) {
    level = halve(level);
    levels.push(await encodeLevel(level, form));
  }
  const written: Uint8Array[] = [];
  await writeCog(spec, levels, { write: async (bytes) => void written.push(bytes) });
  return Buffer.concat(written);
}

interface Level {
  samples: Integers;
  width: number;
  height: number;
}

function halve({ samples, width, height }: Level): Level {
  const [columns, rows] = [Math.ceil(width / 2), Math.ceil(height / 2)];
  const out = new (samples.constructor as Uint16ArrayConstructor)(columns * rows);
  for (let row = 0; row < rows; row++)
    for (let col = 0; col < columns; col++) out[row * columns + col] = samples[2 * row * width + 2 * col];
  return { samples: out, width: columns, height: rows };
}

async function encodeLevel(level: Level, form: TileForm): Promise<CogLevel> {
  const tiles: Uint8Array[] = [];
  for (let row = 0; row < tilesAcross(level.height); row++)
    for (let col = 0; col < tilesAcross(level.width); col++)
      tiles.push(await encodeTile(cutTile(level, col, row, form.nodata), form));
  return {
    width: level.width,
    height: level.height,
    sizes: tiles.map((tile) => tile.length),
    read: async (index) => tiles[index],
  };
}

function cutTile({ samples, width, height }: Level, col: number, row: number, nodata: number): Integers {
  const tile = new (samples.constructor as Uint16ArrayConstructor)(chunkPixels * chunkPixels).fill(nodata);
  const left = col * chunkPixels;
  const right = Math.min(width, left + chunkPixels);
  for (let y = row * chunkPixels; y < Math.min(height, (row + 1) * chunkPixels); y++)
    tile.set(samples.subarray(y * width + left, y * width + right), (y - row * chunkPixels) * chunkPixels);
  return tile;
}
