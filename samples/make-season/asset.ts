import { writeCog } from '#shared/raster/cog-writer.ts';
import { tilesAcross, type CogLevel } from '#shared/raster/cog-spec.ts';
import { overviewSizes } from '#shared/raster/overview.ts';
import { encodeTile, type TileData, type TileForm } from '#shared/raster/tile-encode.ts';
import type { Tile } from './places.ts';

const edge = 512;

interface Raster {
  width: number;
  height: number;
  data: Uint8Array | Uint16Array;
}

const like = (data: TileData, length: number) =>
  data instanceof Uint8Array ? new Uint8Array(length) : new Uint16Array(length);

/** Nearest neighbour, as classes need it. */
function halved({ width, height, data }: Raster): Raster {
  const half = { width: Math.ceil(width / 2), height: Math.ceil(height / 2) };
  const out = like(data, half.width * half.height);
  for (let row = 0, at = 0; row < half.height; row++)
    for (let col = 0; col < half.width; col++) out[at++] = data[2 * row * width + 2 * col];
  return { ...half, data: out };
}

function cut({ width, height, data }: Raster, col: number, row: number): Uint8Array | Uint16Array {
  const out = like(data, edge * edge);
  const count = Math.min(edge, width - col * edge);
  for (let y = 0; y < Math.min(edge, height - row * edge); y++) {
    const from = (row * edge + y) * width + col * edge;
    out.set(data.subarray(from, from + count), y * edge);
  }
  return out;
}

async function levelOf(raster: Raster, form: TileForm): Promise<CogLevel> {
  const across = tilesAcross(raster.width);
  const indexes = [...Array(across * tilesAcross(raster.height)).keys()];
  const tiles = await Promise.all(
    indexes.map((i) => encodeTile(cut(raster, i % across, Math.floor(i / across)), form, 1)),
  );
  const { width, height } = raster;
  return { width, height, sizes: tiles.map((bytes) => bytes.length), read: async (i) => tiles[i] };
}

/** The bytes of one asset: a COG of one band with overviews, nodata 0. */
export async function assetBytes(tile: Tile, name: string, metres: number, raster: Raster): Promise<Uint8Array> {
  const form: TileForm = { dtype: raster.data instanceof Uint8Array ? 'uint8' : 'uint16', predictor: 2, nodata: 0 };
  const { width, height } = raster;
  const window = { epsg: tile.epsg, originX: tile.box[0], originY: tile.box[3], pixelSize: metres, width, height };
  const rasters = [raster];
  overviewSizes(width, height).forEach((_, i) => rasters.push(halved(rasters[i])));
  const levels = await Promise.all(rasters.map((level) => levelOf(level, form)));
  const parts: Uint8Array[] = [];
  await writeCog({ ...form, window, bands: [{ name }] }, levels, { write: async (bytes) => void parts.push(bytes) });
  return Buffer.concat(parts);
}
