import { crc32 } from 'node:zlib';
import { chunkWindow, type ChunkId } from '#shared/domain/grid.ts';
import { featureNames } from '#shared/features/feature-names.ts';
import type { ModelManifest } from '#shared/model/model-manifest.ts';
import { cogLayout } from '#shared/raster/cog-layout.ts';
import type { CogLevel, CogSpec } from '#shared/raster/cog-spec.ts';
import { writeCog } from '#shared/raster/cog-writer.ts';
import { encodeTile, type TileData, type TileForm } from '#shared/raster/tile-encode.ts';
import type { OutputForm } from './chunk-task.ts';
import { countValues } from './class-counts.ts';
import { partOverviews, partPlanes, partSide } from './part-planes.ts';
import type { PartBand, StoredTile } from './part-record.ts';

type RasterForm = Omit<CogSpec, 'window'>;

/** How a result of each form lies in its file. */
export function rasterForm(output: OutputForm, model: ModelManifest | null): RasterForm {
  if (output === 'features')
    return { dtype: 'float32', predictor: 3, nodata: NaN, bands: featureNames.map((name) => ({ name })) };
  return {
    dtype: 'uint8',
    predictor: 2,
    nodata: 0,
    bands: [{ name: 'class' }, { name: 'confidence' }],
    palette: paletteOf(model!),
  };
}

/** Colours by pixel value: 0 is transparent, then the model's classes. */
export function paletteOf(model: ModelManifest): [number, number, number, number][] {
  const channel = (color: string, at: number) => Number.parseInt(color.slice(at, at + 2), 16);
  const colours = model.classes.map(
    ({ color }) => [channel(color, 1), channel(color, 3), channel(color, 5), 255] as const,
  );
  return [[0, 0, 0, 0], ...colours.map((colour) => [...colour] as [number, number, number, number])];
}

/** A part's bytes (a GeoTIFF of one tile a band, with overviews of one tile each) and where its tiles lie in them. */
export async function encodePart(
  chunk: ChunkId,
  planes: readonly TileData[],
  form: RasterForm,
): Promise<{ bytes: Uint8Array; tiles: PartBand[] }> {
  const spec: CogSpec = { ...form, window: chunkWindow(chunk) };
  const levels = await Promise.all(
    partPlanes(planes, form).map((each, level) => encodeLevel(each, { ...form, side: partSide(level) })),
  );
  const written: Uint8Array[] = [];
  await writeCog(spec, levels, { write: async (block) => void written.push(block) });
  const bytes = Buffer.concat(written);
  const { tileOffsets } = cogLayout(spec, levels);
  const stored = (level: number, band: number): StoredTile => {
    const [offset, size] = [tileOffsets[level][band], levels[level].sizes[band]];
    return { offset, size, crc32: crc32(bytes.subarray(offset, offset + size)) };
  };
  const tiles = planes.map((plane, band) => ({
    ...stored(0, band),
    overviews: Array.from({ length: partOverviews }, (_, i) => stored(i + 1, band)),
    counts: countValues(plane),
  }));
  return { bytes, tiles };
}

async function encodeLevel(planes: readonly TileData[], form: TileForm & { side: number }): Promise<CogLevel> {
  const tiles = await Promise.all(planes.map((plane) => encodeTile(plane, form)));
  const sizes = tiles.map((tile) => tile.length);
  return { width: form.side, height: form.side, tile: form.side, sizes, read: async (index) => tiles[index] };
}
