import { requiredBands } from '#shared/domain/bands.ts';
import { haloOf } from '#shared/model/smoothing.ts';
import type { Raster } from '#shared/raster/raster.ts';
import { windowOnto } from '#shared/raster/warp.ts';
import { chunkPixelsOf } from './chunk-pixels.ts';
import type { ChunkTask, TaskAsset, TaskScene } from './chunk-task.ts';
import type { Plan } from './plan.ts';
import type { ReadAsset } from './read-observation.ts';

/** What a job would cost. */
export interface Quote {
  scenes: number;
  chunks: number;
  sceneReads: number;
  pixels: number;
  /** Compressed bytes to read, headers left out. */
  bytes: number;
  /** Wall clock, with this many workers. */
  seconds: number;
  workers: number;
}

export interface QuoteInputs {
  open: (asset: TaskAsset, signal?: AbortSignal) => Promise<Raster>;
  read: ReadAsset;
  /** Seconds of one core for a pixel, from composite to class, as measured on this machine. */
  secondsPerPixel: number;
  workers: number;
  signal: AbortSignal;
}

/** Reads are sampled: so many scenes of the season, evenly spaced, in at most so many chunks. */
const sampledScenes = 3;
const sampledChunks = 4;

/**
 * What a plan would cost, from the block sizes of a few sampled scenes and the time that reading one of them takes
 * here and now. Good to about a factor of two: clouds, other scenes and the line's mood are not foreseen.
 */
export async function quotePlan(plan: Plan, inputs: QuoteInputs): Promise<Quote> {
  const { workers } = inputs;
  const halo = plan.output === 'map' && plan.model ? haloOf(plan.model.smoothing) : 0;
  const sceneReads = plan.tasks.reduce((sum, task) => sum + task.observations.flat().length, 0);
  const computed = evenly(plan.tasks, sampledChunks).map(
    (task) => chunkPixelsOf(task.aoi, task.chunk, halo).positions.length,
  );
  const pixels = (computed.reduce((sum, count) => sum + count, 0) / computed.length) * plan.tasks.length;
  const samples = await sampleReads(plan, inputs);
  const busy = Math.min(workers, plan.tasks.length);
  const seconds = (samples.secondsPerRead * sceneReads + inputs.secondsPerPixel * pixels) / busy;
  return {
    scenes: plan.scenes.length,
    chunks: plan.tasks.length,
    sceneReads,
    pixels: plan.aoiPixels,
    bytes: Math.round(samples.bytesPerRead * sceneReads),
    seconds: Math.max(1, Math.round(seconds)),
    workers: busy,
  };
}

function evenly<T>(items: readonly T[], count: number): T[] {
  const step = Math.max(1, items.length / count);
  return Array.from({ length: Math.min(count, items.length) }, (_, i) => items[Math.floor(i * step)]);
}

async function sampleReads(plan: Plan, inputs: QuoteInputs) {
  let bytes = 0;
  let seconds = 0;
  let reads = 0;
  for (const task of evenly(plan.tasks, sampledChunks))
    for (const scene of evenly(task.observations.flat(), sampledScenes)) {
      const window = chunkPixelsOf(task.aoi, task.chunk, 0).window;
      bytes += await bytesOfScene(scene, task, inputs);
      const start = performance.now();
      await Promise.all(requiredBands.map((band) => inputs.read(scene.assets[band]!, window, inputs.signal)));
      seconds += (performance.now() - start) / 1000;
      reads++;
    }
  return { bytesPerRead: bytes / Math.max(1, reads), secondsPerRead: seconds / Math.max(1, reads) };
}

async function bytesOfScene(scene: TaskScene, task: ChunkTask, { open, signal }: QuoteInputs): Promise<number> {
  const window = chunkPixelsOf(task.aoi, task.chunk, 0).window;
  let bytes = 0;
  for (const band of requiredBands) {
    const raster = await open(scene.assets[band]!, signal);
    const needed = windowOnto(raster, window);
    if (needed) bytes += raster.bytesOfWindow(needed);
  }
  return bytes;
}
