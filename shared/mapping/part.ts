import { z } from 'zod';
import { chunkPixels, chunkWindow, type ChunkId } from '#shared/domain/grid.ts';
import { featureNames } from '#shared/features/feature-names.ts';
import type { ModelManifest } from '#shared/model/model-manifest.ts';
import { cogLayout } from '#shared/raster/cog-layout.ts';
import type { CogSpec } from '#shared/raster/cog-spec.ts';
import { writeCog } from '#shared/raster/cog-writer.ts';
import { encodeTile, type TileData } from '#shared/raster/tile-encode.ts';
import type { ObjectStore } from '#shared/storage/object-store.ts';
import type { OutputForm } from './chunk-task.ts';

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

const partRecordSchema = z.object({
  /** Where the compressed tile of each band lies in the part's file; size 0 = sparse. */
  tiles: z.array(z.object({ offset: z.number().int().min(0), size: z.number().int().min(0) })),
  scenes: z.array(z.object({ id: z.string(), valid: z.number().int(), negative: z.number().int() })),
  computedPixels: z.number().int(),
  seconds: z.record(z.string(), z.number()),
});
/** What is known of a finished part beside its pixels. */
export type PartRecord = z.infer<typeof partRecordSchema>;

export const partFile = (key: string): string => `parts/${key}.tif`;
const recordFile = (key: string) => `parts/${key}.json`;

/** A part's bytes (a valid GeoTIFF of one tile) and where its tiles lie in them. */
export async function encodePart(chunk: ChunkId, planes: readonly TileData[], form: RasterForm) {
  const tiles = await Promise.all(planes.map((plane) => encodeTile(plane, form)));
  const spec: CogSpec = { ...form, window: chunkWindow(chunk) };
  const sizes = tiles.map((tile) => tile.length);
  const level = { width: chunkPixels, height: chunkPixels, sizes, read: async (index: number) => tiles[index] };
  const written: Uint8Array[] = [];
  await writeCog(spec, [level], { write: async (bytes) => void written.push(bytes) });
  const offsets = cogLayout(spec, [level]).tileOffsets[0];
  return { bytes: Buffer.concat(written), tiles: sizes.map((size, i) => ({ offset: offsets[i], size })) };
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

/** The record of a part that is finished; null where it is not. */
export async function findPart(store: ObjectStore, key: string): Promise<PartRecord | null> {
  if ((await store.size(partFile(key))) === null) return null;
  const record = await store.get(recordFile(key));
  if (!record) return null;
  return partRecordSchema.parse(JSON.parse(Buffer.from(record).toString()));
}
