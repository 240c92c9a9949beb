import { encodeIndices, encodeRgba, type TileFormat } from '#shared/tiles/encode-tile.ts';
import { tableOf } from '#shared/tiles/legend.ts';
import { planTile, sampleTile } from '#shared/tiles/sample-tile.ts';
import { tileGrid, type TileAddress, type TileGrid, type TileMatrixSet } from '#shared/tiles/tile-matrix-set.ts';
import { trueColourTile } from '#shared/tiles/true-colour.ts';
import type { Layer, LayerPixels } from './layer.ts';
import { shortHash } from './open-sources.ts';

/** Another number where the same pixels come out as other bytes: tiles that are kept elsewhere are then old. */
const renderVersion = '1';

export interface TileRequest {
  set: TileMatrixSet;
  address: TileAddress;
  size: number;
  format: TileFormat;
}

/** A tile whose version is known before a pixel is read. */
export interface PreparedTile {
  etag: string;
  /** Null where nothing is to be shown. */
  render(): Promise<Uint8Array | null>;
}

/** The parts that a tile of an unfinished job shows: only theirs change it. */
function partsShown(pixels: LayerPixels, grid: TileGrid): string {
  if (pixels.kind !== 'parts') return '';
  const plan = planTile(pixels.source, grid, pixels.source.levels[0]);
  return plan ? pixels.source.partsUnder(plan.source).join() : '';
}

async function render(layer: Layer, grid: TileGrid, format: TileFormat): Promise<Uint8Array | null> {
  const { pixels } = layer;
  if (pixels.kind === 'none') return null;
  if (pixels.kind === 'rgb') {
    const rgba = await trueColourTile(pixels.bands, grid);
    return rgba && encodeRgba(rgba, grid.size, format);
  }
  const { lut, colours } = tableOf(layer)!;
  const indices = await sampleTile(pixels.source, grid, pixels.band, lut);
  return indices && encodeIndices(indices, grid.size, colours, format);
}

/** Prepares a tile of a layer: its ETag follows from what it shows, and where, and how. */
export function preparedTile(layer: Layer, { set, address, size, format }: TileRequest): PreparedTile {
  const grid = tileGrid(set, address, size);
  const { z, x, y } = address;
  const colours = JSON.stringify([layer.type, layer.classes.map(({ value, color }) => [value, color])]);
  const place = [set.id, z, x, y, size, format].join('/');
  const hash = shortHash(renderVersion, layer.id, layer.version, partsShown(layer.pixels, grid), colours, place);
  return { etag: `"${hash}"`, render: () => render(layer, grid, format) };
}
