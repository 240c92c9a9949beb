import { aoiMask } from '#shared/domain/aoi-mask.ts';
import { chunkPixels, type GridWindow } from '#shared/domain/grid.ts';
import type { Aoi } from '#shared/domain/aoi.ts';
import type { CogSpec } from '#shared/raster/cog-spec.ts';
import { writeCog } from '#shared/raster/cog-writer.ts';
import { encodeTile } from '#shared/raster/tile-encode.ts';
import type { ChunkPixels } from './chunk-pixels.ts';
import { classifyChunk } from './classify-chunk.ts';
import { computeFeatures } from './compute-features.ts';
import type { LoadedModel } from './compute-part.ts';
import { rasterForm } from './part.ts';
import { modelIdentity } from './part-key.ts';
import type { PreviewTask } from './preview-task.ts';
import type { ReadAsset } from './read-observation.ts';
import { Stopwatch } from './stopwatch.ts';

/** What a preview needs of the world. */
export interface PreviewInputs {
  model: LoadedModel;
  /** Reads overviews (see `overviewReader`). */
  read: ReadAsset;
  /** Told of a file that could not be read; its scene shows nothing then. */
  onUnread: (error: unknown) => void;
  signal: AbortSignal;
}

/**
 * Computes the coarse preview of a job with the kernel of the map, but for smoothing: a GeoTIFF of one tile with the
 * bands, nodata and palette of `map.tif`, its pixels as large as the window's.
 *
 * @returns null where no pixel was seen on enough dates, or the model was replaced since
 */
export async function computePreview(task: PreviewTask, inputs: PreviewInputs): Promise<Uint8Array | null> {
  const { model, signal } = inputs;
  if (modelIdentity(model.manifest) !== task.modelId) return null;
  const pixels = previewPixels(task.aoi, task.window);
  if (pixels.positions.length === 0) return null;
  const stopwatch = new Stopwatch();
  // Of a chunk's task, features depend on season and scenes alone.
  const chunk = { ...task, chunk: { epsg: task.window.epsg, col: 0, row: 0 }, key: '', output: 'map' as const };
  const read = lenient(inputs);
  const { features } = await computeFeatures(chunk, { pixels, read, onSceneRead: () => {}, stopwatch, signal });
  const planes = await classifyChunk(features, pixels, model.ensemble, null, stopwatch, signal);
  if (planes.class.every((value) => value === 0)) return null;
  return encodePreview([planes.class, planes.confidence], {
    ...rasterForm('map', model.manifest),
    window: task.window,
  });
}

/** The area's pixels, laid out as those of a chunk: the window is the upper left corner of one tile. */
function previewPixels(aoi: Aoi, window: GridWindow): ChunkPixels {
  const inside = aoiMask(aoi, window);
  const positions = Int32Array.from([...inside.keys()].filter((at) => inside[at] === 1));
  const mask = new Uint8Array(chunkPixels * chunkPixels);
  for (const at of positions) mask[Math.floor(at / window.width) * chunkPixels + (at % window.width)] = 1;
  return { window, positions, mask, chunkCol: 0, chunkRow: 0 };
}

/** A file that cannot be read has no data: one broken scene costs the preview that scene only. */
const lenient =
  ({ read, onUnread, signal }: PreviewInputs): ReadAsset =>
  async (asset, window) => {
    try {
      return await read(asset, window, signal);
    } catch (error) {
      signal.throwIfAborted();
      onUnread(error);
      return new Uint8Array(window.width * window.height);
    }
  };

async function encodePreview(planes: readonly Uint8Array[], spec: CogSpec): Promise<Uint8Array> {
  const tiles = await Promise.all(planes.map((plane) => encodeTile(plane, spec)));
  const { width, height } = spec.window;
  const level = { width, height, sizes: tiles.map((tile) => tile.length), read: async (at: number) => tiles[at] };
  const written: Uint8Array[] = [];
  await writeCog(spec, [level], { write: async (bytes) => void written.push(bytes) });
  return Buffer.concat(written);
}
