import { dekadIndex, seasonByName, seasonDekads } from '#shared/domain/season.ts';
import { runsOf, type PixelRuns } from '#shared/features/pixel-runs.ts';
import { SeasonMedians } from '#shared/features/season-medians.ts';
import type { ChunkPixels } from './chunk-pixels.ts';
import type { ChunkTask, TaskScene } from './chunk-task.ts';
import {
  observePass,
  type ObservedPass,
  type ObservedScene,
  type ReadAsset,
  type SceneCount,
} from './read-observation.ts';
import type { Stopwatch } from './stopwatch.ts';

/** The season of a chunk's computed pixels, of which features are computed when they are wanted. */
export interface ChunkSeason {
  medians: SeasonMedians;
  scenes: SceneCount[];
}

export interface ChunkFeatures {
  /** [pixel][feature] of the computed pixels, NaN where there is too little to see. */
  features: Float32Array;
  scenes: SceneCount[];
}

/** What a worker reports while it works on a chunk. */
export type OnSceneRead = (sceneId: string) => void;

interface Sight {
  pixels: Pick<ChunkPixels, 'window' | 'positions'>;
  read: ReadAsset;
  onSceneRead: OnSceneRead;
  /** Told of what was read and is needed no more. */
  release?: ((samples: ArrayLike<number>) => void) | undefined;
  stopwatch: Stopwatch;
  signal?: AbortSignal | undefined;
}

/** Reads the season of a chunk dekad by dekad, the next one while the last is composited. */
export async function composeSeason(task: SeasonTask, sight: Sight): Promise<ChunkSeason> {
  const { pixels, stopwatch } = sight;
  const runs = runsOf(pixels.positions);
  const medians = new SeasonMedians(runs.count);
  const dekads = observationsByDekad(task);
  const scenes: SceneCount[] = [];
  let next = readDekad(dekads[0], runs, sight);
  for (let dekad = 0; dekad < seasonDekads; dekad++) {
    const observed = await stopwatch.time('read', () => next);
    if (dekad + 1 < seasonDekads) next = readDekad(dekads[dekad + 1], runs, sight);
    // A failed read-ahead is reported when its turn comes; until then it must not count as unhandled.
    next.catch(() => {});
    const seen = observed.flatMap((each) => each.scenes);
    scenes.push(...(await stopwatch.time('features', async () => addDekad(medians, dekad, seen, runs))));
    for (const { read } of observed) for (const plane of read) sight.release?.(plane);
  }
  return { medians, scenes };
}

/** Adds what scenes show of a dekad, and counts it. */
function addDekad(
  medians: SeasonMedians,
  dekad: number,
  seen: readonly ObservedScene[],
  runs: PixelRuns,
): SceneCount[] {
  const passes = seen.flatMap(({ pass }) => pass ?? []);
  const counts = medians.addCounted(dekad, passes, runs);
  return seen.map(({ id, pass, count }) => ({ id, ...(pass ? counts[passes.indexOf(pass)] : count!) }));
}

/** The features of all computed pixels of a chunk at once. */
export async function computeFeatures(task: SeasonTask, sight: Sight): Promise<ChunkFeatures> {
  const { medians, scenes } = await composeSeason(task, sight);
  const features = await sight.stopwatch.time('features', async () => medians.features(0, medians.pixels));
  return { features, scenes };
}

type SeasonTask = Pick<ChunkTask, 'season' | 'year' | 'observations'>;

/** The passes of each dekad; those outside the season are not of the task. */
function observationsByDekad(task: SeasonTask): TaskScene[][][] {
  const season = seasonByName(task.season);
  const dekads: TaskScene[][][] = Array.from({ length: seasonDekads }, () => []);
  for (const scenes of task.observations) {
    const dekad = dekadIndex(season, task.year, scenes[0].datetime);
    if (dekad !== null) dekads[dekad].push(scenes);
  }
  return dekads;
}

function readDekad(
  observations: TaskScene[][],
  runs: PixelRuns,
  { pixels, read, onSceneRead, signal }: Sight,
): Promise<ObservedPass[]> {
  return Promise.all(
    observations.map(async (scenes) => {
      const observed = await observePass(scenes, pixels.window, runs, read, signal);
      scenes.forEach((scene) => onSceneRead(scene.id));
      return observed;
    }),
  );
}
