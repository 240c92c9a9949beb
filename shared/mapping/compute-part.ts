import { GeoCropError } from '#shared/domain/errors.ts';
import type { SeasonMedians } from '#shared/features/season-medians.ts';
import type { Ensemble } from '#shared/model/ensemble.ts';
import type { ModelManifest } from '#shared/model/model-manifest.ts';
import { haloOf } from '#shared/model/smoothing.ts';
import type { TileData } from '#shared/raster/tile-encode.ts';
import type { ObjectStore } from '#shared/storage/object-store.ts';
import { chunkPixelsOf, type ChunkPixels } from './chunk-pixels.ts';
import type { ChunkTask } from './chunk-task.ts';
import { classifyChunk, featurePlanes } from './classify-chunk.ts';
import { composeSeason, type OnSceneRead } from './compute-features.ts';
import type { PartRecord } from './part-record.ts';
import { encodePart, rasterForm } from './part.ts';
import { storePart } from './stored-part.ts';
import { oneAtATime } from './one-at-a-time.ts';
import { modelIdentity } from './part-key.ts';
import type { ReadAsset } from './read-observation.ts';
import { Stopwatch, type SharedClock } from './stopwatch.ts';

export interface LoadedModel {
  manifest: ModelManifest;
  ensemble: Ensemble;
}

/** What a worker needs of the world. */
export interface PartInputs {
  /** Its ensemble may still be loading: it is wanted when the season has been read. */
  model: { manifest: ModelManifest; ensemble: Ensemble | Promise<Ensemble> } | null;
  read: ReadAsset;
  store: ObjectStore;
  onSceneRead: OnSceneRead;
  /** Told of what was read and is needed no more. */
  release?: ((samples: ArrayLike<number>) => void) | undefined;
  /** Of the process, where it computes several chunks at once. */
  clock?: SharedClock | undefined;
  signal?: AbortSignal | undefined;
}

/** Chunks are read side by side; then a thread computes one after the other, which takes no longer and less memory. */
const computing = oneAtATime();

/** Computes one chunk and commits its part. */
export async function computePart(task: ChunkTask, inputs: PartInputs): Promise<PartRecord> {
  const { model, read, store, onSceneRead, release, clock, signal } = inputs;
  checkModel(task, model);
  const stopwatch = new Stopwatch(clock);
  const isMap = task.output === 'map';
  const halo = isMap && model ? haloOf(model.manifest.smoothing) : 0;
  const pixels = chunkPixelsOf(task.aoi, task.chunk, halo);
  const sight = { pixels, read, onSceneRead, release, stopwatch, signal };
  // A model that cannot be loaded ends the chunk at once.
  const [{ medians, scenes }, ensemble] = await Promise.all([composeSeason(task, sight), model?.ensemble]);
  const form = rasterForm(task.output, model?.manifest ?? null);
  const { bytes, tiles } = await computing(async () => {
    signal?.throwIfAborted();
    const planes = isMap
      ? await mapPlanes(medians, pixels, model && { ...model, ensemble: ensemble! }, stopwatch, signal)
      : await stopwatch.time('features', async () => featurePlanes(medians.features(0, medians.pixels), pixels));
    return stopwatch.time('write', () => encodePart(task.chunk, planes, form));
  });
  signal?.throwIfAborted();
  const record: PartRecord = {
    tiles,
    scenes,
    computedPixels: pixels.positions.length,
    seconds: { ...stopwatch.seconds },
  };
  await storePart(store, task.key, bytes, record);
  return record;
}

function checkModel({ model: name, modelId }: ChunkTask, model: PartInputs['model']): void {
  const found = model && modelIdentity(model.manifest);
  if (found === modelId) return;
  throw new GeoCropError(
    'damaged-model',
    `the model ${name} was replaced since this job was planned; run the job again`,
    { field: 'model' },
  );
}

async function mapPlanes(
  medians: SeasonMedians,
  pixels: ChunkPixels,
  model: LoadedModel | null,
  stopwatch: Stopwatch,
  signal?: AbortSignal,
): Promise<TileData[]> {
  if (!model) throw new Error('a map needs a model');
  const planes = await classifyChunk(medians, pixels, model.ensemble, model.manifest.smoothing, stopwatch, signal);
  return [planes.class, planes.confidence];
}
