import { setImmediate } from 'node:timers/promises';
import { chunkPixels } from '#shared/domain/grid.ts';
import { featureCount } from '#shared/features/feature-names.ts';
import { blockPixels } from '#shared/features/kernel/layout.ts';
import type { SeasonMedians } from '#shared/features/season-medians.ts';
import { classify, type ClassPlanes } from '#shared/model/classify.ts';
import { maxBatchRows, type Ensemble } from '#shared/model/ensemble.ts';
import type { Smoothing } from '#shared/model/model-manifest.ts';
import { smoothProbabilities } from '#shared/model/smoothing.ts';
import type { ChunkPixels } from './chunk-pixels.ts';
import type { Stopwatch } from './stopwatch.ts';

/** Features of computed pixels: all at once, or block by block as they are wanted. */
export type PixelFeatures = Float32Array | SeasonMedians;

/** Pixels whose features are computed and classified before the event loop has its turn: whole blocks of the kernel. */
const batchPixels = Math.floor(maxBatchRows / blockPixels) * blockPixels;

/** Classifies the computed pixels of a chunk, smooths, and masks last: the chunk's own 512 x 512 planes. */
export async function classifyChunk(
  features: PixelFeatures,
  pixels: ChunkPixels,
  ensemble: Ensemble,
  smoothing: Smoothing | null,
  stopwatch: Stopwatch,
  signal?: AbortSignal,
): Promise<ClassPlanes> {
  const values = await windowProbabilities(features, pixels, ensemble, stopwatch, signal);
  return stopwatch.time('smooth', async () => {
    const plane = { width: pixels.window.width, height: pixels.window.height, classes: ensemble.classes, values };
    const final = smoothing ? smoothProbabilities(plane, smoothing) : values;
    return cutChunk(classify(final, ensemble.classes), pixels);
  });
}

/** Probabilities on the window, NaN where a pixel is not computed or has too little to see. */
async function windowProbabilities(
  features: PixelFeatures,
  { window, positions }: ChunkPixels,
  ensemble: Ensemble,
  stopwatch: Stopwatch,
  signal?: AbortSignal,
): Promise<Float32Array> {
  const { classes } = ensemble;
  const values = new Float32Array(window.width * window.height * classes).fill(NaN);
  const batch = new Float32Array(Math.min(batchPixels, positions.length) * featureCount);
  const places = new Int32Array(batchPixels);
  for (let first = 0; first < positions.length; first += batchPixels) {
    if (first > 0) await setImmediate();
    signal?.throwIfAborted();
    const count = Math.min(batchPixels, positions.length - first);
    const known = await stopwatch.time('features', async () => {
      takeFeatures(features, first, batch.subarray(0, count * featureCount));
      return keepKnown(batch, positions.subarray(first, first + count), places);
    });
    if (!(features instanceof Float32Array)) features.free(first + count);
    const rows = batch.subarray(0, known * featureCount);
    const probabilities = await stopwatch.time('ensemble', () => ensemble.predict(rows, signal));
    for (let row = 0; row < known; row++)
      for (let k = 0; k < classes; k++) values[places[row] * classes + k] = probabilities[row * classes + k];
  }
  return values;
}

function takeFeatures(features: PixelFeatures, first: number, out: Float32Array): void {
  if (features instanceof Float32Array)
    out.set(features.subarray(first * featureCount, first * featureCount + out.length));
  else features.features(first, out.length / featureCount, out);
}

/** Moves the rows of pixels with features to the front; returns how many, and where they lie in the window. */
function keepKnown(rows: Float32Array, positions: Int32Array, places: Int32Array): number {
  let known = 0;
  for (let pixel = 0; pixel < positions.length; pixel++) {
    const at = pixel * featureCount;
    if (Number.isNaN(rows[at])) continue;
    if (known < pixel) rows.copyWithin(known * featureCount, at, at + featureCount);
    places[known++] = positions[pixel];
  }
  return known;
}

function cutChunk(planes: ClassPlanes, { window, mask, chunkCol, chunkRow }: ChunkPixels): ClassPlanes {
  const out = { class: new Uint8Array(mask.length), confidence: new Uint8Array(mask.length) };
  for (let at = 0; at < mask.length; at++) {
    if (!mask[at]) continue;
    const row = Math.floor(at / chunkPixels) + chunkRow;
    const from = row * window.width + (at % chunkPixels) + chunkCol;
    out.class[at] = planes.class[from];
    out.confidence[at] = planes.confidence[from];
  }
  return out;
}

/** Features of the chunk's own pixels as 51 planes of 512 x 512, NaN outside the AOI. */
export function featurePlanes(
  features: Float32Array,
  { window, positions, mask, chunkCol, chunkRow }: ChunkPixels,
): Float32Array[] {
  const planes = Array.from({ length: featureCount }, () => new Float32Array(mask.length).fill(NaN));
  positions.forEach((position, pixel) => {
    const row = Math.floor(position / window.width) - chunkRow;
    const col = (position % window.width) - chunkCol;
    const at = row * chunkPixels + col;
    if (row < 0 || col < 0 || row >= chunkPixels || col >= chunkPixels || !mask[at]) return;
    planes.forEach((plane, i) => (plane[at] = features[pixel * featureCount + i]));
  });
  return planes;
}
