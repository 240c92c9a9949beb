import { chunkPixels } from '#shared/domain/grid.ts';
import { featureCount } from '#shared/features/feature-names.ts';
import { classify, type ClassPlanes } from '#shared/model/classify.ts';
import type { Ensemble } from '#shared/model/ensemble.ts';
import type { Smoothing } from '#shared/model/model-manifest.ts';
import { smoothProbabilities } from '#shared/model/smoothing.ts';
import type { ChunkPixels } from './chunk-pixels.ts';
import type { Stopwatch } from './stopwatch.ts';

/** Classifies the computed pixels of a chunk, smooths, and masks last: the chunk's own 512 x 512 planes. */
export async function classifyChunk(
  features: Float32Array,
  pixels: ChunkPixels,
  ensemble: Ensemble,
  smoothing: Smoothing | null,
  stopwatch: Stopwatch,
  signal?: AbortSignal,
): Promise<ClassPlanes> {
  const values = await stopwatch.time('ensemble', () => windowProbabilities(features, pixels, ensemble, signal));
  return stopwatch.time('smooth', async () => {
    const plane = { width: pixels.window.width, height: pixels.window.height, classes: ensemble.classes, values };
    const final = smoothing ? smoothProbabilities(plane, smoothing) : values;
    return cutChunk(classify(final, ensemble.classes), pixels);
  });
}

/** Probabilities on the window, NaN where a pixel is not computed or has too little to see. */
async function windowProbabilities(
  features: Float32Array,
  pixels: ChunkPixels,
  ensemble: Ensemble,
  signal?: AbortSignal,
) {
  const { classes } = ensemble;
  const known: number[] = [];
  for (let pixel = 0; pixel < pixels.positions.length; pixel++)
    if (!Number.isNaN(features[pixel * featureCount])) known.push(pixel);
  const rows = new Float32Array(known.length * featureCount);
  known.forEach((pixel, row) =>
    rows.set(features.subarray(pixel * featureCount, (pixel + 1) * featureCount), row * featureCount),
  );
  const probabilities = await ensemble.predict(rows, signal);
  const values = new Float32Array(pixels.window.width * pixels.window.height * classes).fill(NaN);
  known.forEach((pixel, row) =>
    values.set(probabilities.subarray(row * classes, (row + 1) * classes), pixels.positions[pixel] * classes),
  );
  return values;
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
