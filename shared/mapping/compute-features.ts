import { dekadIndex, seasonByName, seasonDekads } from '#shared/domain/season.ts';
import { compositeDekad } from '#shared/features/composite.ts';
import { featuresOf } from '#shared/features/features.ts';
import { compositeLength } from '#shared/features/spectral-index.ts';
import type { ChunkPixels } from './chunk-pixels.ts';
import type { ChunkTask, TaskScene } from './chunk-task.ts';
import { readObservation, type ReadAsset, type SceneCount } from './read-observation.ts';
import type { Stopwatch } from './stopwatch.ts';

export interface ChunkFeatures {
  /** [pixel][feature] of the computed pixels, NaN where there is too little to see. */
  features: Float32Array;
  scenes: SceneCount[];
}

/** What a worker reports while it works on a chunk. */
export type OnSceneRead = (sceneId: string) => void;

interface Sight {
  pixels: ChunkPixels;
  read: ReadAsset;
  onSceneRead: OnSceneRead;
  stopwatch: Stopwatch;
  signal?: AbortSignal | undefined;
}

/** Reads the season of a chunk dekad by dekad, the next one while the last is composited, and computes its features. */
export async function computeFeatures(task: ChunkTask, sight: Sight): Promise<ChunkFeatures> {
  const { pixels, stopwatch } = sight;
  const composites = new Float32Array(pixels.positions.length * compositeLength).fill(NaN);
  const dekads = observationsByDekad(task);
  const scenes: SceneCount[] = [];
  let next = readDekad(dekads[0], sight);
  for (let dekad = 0; dekad < seasonDekads; dekad++) {
    const observations = await stopwatch.time('read', () => next);
    if (dekad + 1 < seasonDekads) next = readDekad(dekads[dekad + 1], sight);
    // A failed read-ahead is reported when its turn comes; until then it must not count as unhandled.
    next.catch(() => {});
    await stopwatch.time('features', async () => compositeDekad(observations, composites, dekad));
    scenes.push(...observations.flatMap((observation) => observation.counts));
  }
  const features = await stopwatch.time('features', async () => featuresOf(composites));
  return { features, scenes };
}

/** The passes of each dekad; those outside the season are not of the task. */
function observationsByDekad(task: ChunkTask): TaskScene[][][] {
  const season = seasonByName(task.season);
  const dekads: TaskScene[][][] = Array.from({ length: seasonDekads }, () => []);
  for (const scenes of task.observations) {
    const dekad = dekadIndex(season, task.year, scenes[0].datetime);
    if (dekad !== null) dekads[dekad].push(scenes);
  }
  return dekads;
}

function readDekad(observations: TaskScene[][], { pixels, read, onSceneRead, signal }: Sight) {
  return Promise.all(
    observations.map(async (scenes) => {
      const observation = await readObservation(scenes, pixels.window, pixels.positions, read, signal);
      scenes.forEach((scene) => onSceneRead(scene.id));
      return observation;
    }),
  );
}
