import type { GridWindow } from '#shared/domain/grid.ts';
import { dekadIndex, seasonByName, seasonDekads } from '#shared/domain/season.ts';
import { featureNames } from '#shared/features/feature-names.ts';
import { allPixels } from '#shared/features/pixel-runs.ts';
import { SeasonMedians } from '#shared/features/season-medians.ts';
import type { ChunkTask } from './chunk-task.ts';
import { readPixelPass, type PixelScene } from './pixel-scenes.ts';
import { pixelDekads, type PixelDekad } from './pixel-season.ts';
import type { ReadAsset } from './read-observation.ts';

/** The season of one pixel, by the kernels that map it. */
export interface PixelProfile {
  /** In order of time. */
  scenes: PixelScene[];
  dekads: PixelDekad[];
  /** The 51 features in the order of `featureNames`; all NaN where too little was seen. */
  features: Float32Array;
}

/**
 * Reads a pixel in every scene of its chunk's task and computes its features, all passes at once: `read` bounds how many
 * reads run.
 *
 * @param window of one pixel in the chunk
 * @param onScene hears of each scene as it is read, in no order
 */
export async function pixelProfile(
  task: Pick<ChunkTask, 'season' | 'year' | 'observations'>,
  window: GridWindow,
  read: ReadAsset,
  onScene: (scene: PixelScene) => void,
  signal: AbortSignal,
): Promise<PixelProfile> {
  const season = seasonByName(task.season);
  const failed = new AbortController();
  const both = AbortSignal.any([signal, failed.signal]);
  const readPass = async (scenes: ChunkTask['observations'][number]) => {
    const pass = await readPixelPass(scenes, window, read, both);
    pass.scenes.forEach(onScene);
    return { ...pass, dekad: dekadIndex(season, task.year, scenes[0].datetime) };
  };
  try {
    const passes = await Promise.all(task.observations.map(readPass));
    const medians = new SeasonMedians(1);
    for (let dekad = 0; dekad < seasonDekads; dekad++) {
      const ofDekad = passes.filter((pass) => pass.dekad === dekad).flatMap((pass) => pass.passes);
      medians.add(dekad, ofDekad, allPixels(1));
    }
    return {
      scenes: passes.flatMap((pass) => pass.scenes),
      dekads: pixelDekads(medians.composites(0), season, task.year),
      features: medians.features(0, 1),
    };
  } catch (error) {
    // What is still being read for the others is of no use.
    failed.abort(error);
    throw error;
  }
}

/** Features that are counted in dekads of the season. */
const inDekads = new Set(['ndvi_peak_t', 'ndvi_sos_t', 'ndvi_eos_t', 'ndvi_los', 'ndre_ndvi_peak_lag']);

/** The features by name, null where too little was seen; those that are counted in dekads say so. */
export const namedFeatures = (features: Float32Array) =>
  featureNames.map((name, i) => ({
    name,
    value: Number.isNaN(features[i]) ? null : features[i],
    ...(inDekads.has(name) ? { unit: 'dekads' } : {}),
  }));
