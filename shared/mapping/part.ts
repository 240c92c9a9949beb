import { crc32 } from 'node:zlib';
import { z } from 'zod';
import { chunkWindow, type ChunkId } from '#shared/domain/grid.ts';
import { featureNames } from '#shared/features/feature-names.ts';
import type { ModelManifest } from '#shared/model/model-manifest.ts';
import { cogLayout } from '#shared/raster/cog-layout.ts';
import type { CogLevel, CogSpec } from '#shared/raster/cog-spec.ts';
import { writeCog } from '#shared/raster/cog-writer.ts';
import { encodeTile, type TileData, type TileForm } from '#shared/raster/tile-encode.ts';
import type { ObjectStore } from '#shared/storage/object-store.ts';
import type { OutputForm } from './chunk-task.ts';
import { countValues } from './class-counts.ts';
import { partOverviews, partPlanes, partSide } from './part-planes.ts';

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

const whole = z.number().int().min(0);
/** Where a compressed tile lies in the part's file, and the CRC-32 of its bytes; size 0 = sparse. */
const storedTileSchema = z.object({ offset: whole, size: whole, crc32: whole });
const partBandSchema = storedTileSchema.extend({
  /** Its overviews, from fine to coarse. */
  overviews: z.array(storedTileSchema).length(partOverviews),
  /** See `countValues`. */
  counts: z.array(whole).max(256),
});
const partRecordSchema = z.object({
  /** The tile of each band at full resolution, and what is known of the band. */
  tiles: z.array(partBandSchema),
  scenes: z.array(z.object({ id: z.string(), valid: z.number().int(), negative: z.number().int() })),
  computedPixels: z.number().int(),
  seconds: z.record(z.string(), z.number()),
});
export type StoredTile = z.infer<typeof storedTileSchema>;
export type PartBand = z.infer<typeof partBandSchema>;
/** What is known of a finished part beside its pixels. */
export type PartRecord = z.infer<typeof partRecordSchema>;

export const partFile = (key: string): string => `parts/${key}.tif`;
const recordFile = (key: string) => `parts/${key}.json`;

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

/** Commits a part: its record first, so that a part that is there is whole. */
export async function storePart(store: ObjectStore, key: string, bytes: Uint8Array, record: PartRecord): Promise<void> {
  await store.put(recordFile(key), Buffer.from(JSON.stringify(record)));
  await store.put(partFile(key), bytes);
}

/**
 * Removes the files of a part, its pixels first: a part without them is not there.
 *
 * @returns bytes of its pixels
 */
export async function removePart(store: ObjectStore, key: string): Promise<number> {
  const bytes = (await store.size(partFile(key))) ?? 0;
  await store.delete(partFile(key));
  await store.delete(recordFile(key));
  return bytes;
}

/** The record of a part that is finished; null where it is not, or is of an older layout: then it is computed again. */
export async function findPart(store: ObjectStore, key: string): Promise<PartRecord | null> {
  if ((await store.size(partFile(key))) === null) return null;
  const record = await store.get(recordFile(key));
  if (!record) return null;
  const parsed = partRecordSchema.safeParse(JSON.parse(Buffer.from(record).toString()));
  return parsed.success ? parsed.data : null;
}
