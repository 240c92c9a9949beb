import { requiredBands } from '#shared/domain/bands.ts';
import type { GridWindow } from '#shared/domain/grid.ts';
import { haloOf } from '#shared/model/smoothing.ts';
import type { Raster } from '#shared/raster/raster.ts';
import type { PixelWindow } from '#shared/raster/raster-level.ts';
import { windowOnto } from '#shared/raster/warp.ts';
import { chunkPixelsOf } from './chunk-pixels.ts';
import type { ChunkTask, TaskAsset, TaskScene } from './chunk-task.ts';
import { groupChunks } from './group-chunks.ts';
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
  /** Seconds of one core for a pixel, from composite to class. */
  secondsPerPixel: number;
  /** Seconds of one worker for a scene of a chunk, where that is known; else a few are read now. */
  secondsPerRead?: number | undefined;
  workers: number;
  /** Chunks that are computed at once, at most: what they share is read once. */
  atOnce: number;
  signal: AbortSignal;
}

/** Reads are sampled: so many scenes of the season, evenly spaced, in at most so many chunks, or groups of them. */
const sampledScenes = 3;
const sampledChunks = 4;

/**
 * What a plan would cost, from the block sizes of a few sampled scenes and the time that reading one of them takes: as
 * given, or here and now. Good to about a factor of two: clouds, other scenes and the line's mood are not foreseen.
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
  const reading = plan.tasks.filter(({ observations }) => observations.length > 0);
  for (const group of evenly(groupChunks(reading, 1, inputs.atOnce), sampledChunks))
    for (const scene of evenly(group[0].observations.flat(), sampledScenes)) {
      inputs.signal.throwIfAborted();
      const windows = group.filter((task) => hasScene(task, scene)).map(windowOf);
      const together = await bytesOfScene(scene, windows, inputs);
      bytes += together;
      reads += windows.length;
      if (inputs.secondsPerRead !== undefined) seconds += inputs.secondsPerRead * windows.length;
      else {
        const alone = await bytesOfScene(scene, [windows[0]], inputs);
        // What is shared is read once; what reading takes goes with it.
        seconds += (await timeOfReading(scene, windows[0], inputs)) * (together / Math.max(1, alone));
      }
    }
  return { bytesPerRead: bytes / Math.max(1, reads), secondsPerRead: seconds / Math.max(1, reads) };
}

const windowOf = (task: ChunkTask): GridWindow => chunkPixelsOf(task.aoi, task.chunk, 0).window;
const hasScene = ({ observations }: ChunkTask, { id }: TaskScene) =>
  observations.some((scenes) => scenes.some((scene) => scene.id === id));

async function timeOfReading(scene: TaskScene, window: GridWindow, { read, signal }: QuoteInputs): Promise<number> {
  const start = performance.now();
  await Promise.all(requiredBands.map((band) => read(scene.assets[band]!, window, signal)));
  return (performance.now() - start) / 1000;
}

/** Bytes of a scene's blocks under the smallest window round these. */
async function bytesOfScene(
  scene: TaskScene,
  windows: readonly GridWindow[],
  { open, signal }: QuoteInputs,
): Promise<number> {
  const sizes = requiredBands.map(async (band) => {
    const raster = await open(scene.assets[band]!, signal);
    const needed = windows.map((window) => windowOnto(raster, window)).filter((window) => window !== null);
    if (needed.length === 0) return 0;
    const whole = around(needed);
    // Chunks that lie far apart share nothing.
    const isTogether = pixelsOf([whole]) <= 2 * pixelsOf(needed);
    return (isTogether ? [whole] : needed).reduce((sum, window) => sum + raster.bytesOfWindow(window), 0);
  });
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}

const pixelsOf = (windows: readonly PixelWindow[]): number =>
  windows.reduce((sum, { width, height }) => sum + width * height, 0);

function around(windows: readonly PixelWindow[]): PixelWindow {
  const [col, row] = [Math.min(...windows.map((each) => each.col)), Math.min(...windows.map((each) => each.row))];
  const right = Math.max(...windows.map((each) => each.col + each.width));
  const below = Math.max(...windows.map((each) => each.row + each.height));
  return { ...windows[0], col, row, width: right - col, height: below - row };
}
