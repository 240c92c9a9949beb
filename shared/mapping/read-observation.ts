import { requiredBands, spectralBands, type Band } from '#shared/domain/bands.ts';
import type { AreaWindow } from '#shared/domain/grid.ts';
import { countPixels, type PixelCount } from '#shared/features/count-pixels.ts';
import type { Pass } from '#shared/features/pass.ts';
import type { PixelRuns } from '#shared/features/pixel-runs.ts';
import { blameScene, BrokenSceneError } from './broken-scene.ts';
import type { TaskAsset, TaskScene } from './chunk-task.ts';
import { classBytes, showsGround } from './scene-pass.ts';

/** Reads an asset onto a window by nearest neighbour: digital numbers row by row, 0 where it has no data. */
export type ReadAsset = (asset: TaskAsset, window: AreaWindow, signal?: AbortSignal) => Promise<ArrayLike<number>>;

/**
 * What was seen of one scene in one chunk: computed pixels that it gave a valid observation, and of those pixels with a
 * reflectance below zero in a band; many of them mean a wrongly stated offset.
 */
export interface SceneCount extends PixelCount {
  id: string;
}

/** One scene of a pass. */
export interface ObservedScene {
  id: string;
  /** Null where it shows nothing. */
  pass: Pass | null;
  /** Null where nobody has counted yet: whoever goes through the pixels can do so at the same time. */
  count: PixelCount | null;
}

/** What one satellite pass shows of a window, in the planes that were read; no two scenes show the same pixel. */
export interface ObservedPass {
  scenes: ObservedScene[];
  /** All that was read for it. */
  read: ArrayLike<number>[];
}

/**
 * One satellite pass over a window: per pixel the first scene, in id order, that is valid there. A pixel is valid
 * where every band has data and the scene classification does not hide the ground.
 *
 * @param runs the pixels that are wanted, by their places in the window
 */
export async function observePass(
  scenes: readonly TaskScene[],
  window: AreaWindow,
  runs: PixelRuns,
  read: ReadAsset,
  signal?: AbortSignal,
): Promise<ObservedPass> {
  const taken = scenes.length > 1 ? new Uint8Array(window.width * window.height) : null;
  const observed: ObservedPass = { scenes: [], read: [] };
  const noting: ReadAsset = async (asset, ...where) => {
    const samples = await read(asset, ...where);
    observed.read.push(samples);
    return samples;
  };
  for (const scene of scenes) {
    signal?.throwIfAborted();
    try {
      const pass = await readScene(scene, window, runs, taken, noting, signal);
      observed.scenes.push(sceneOf(scene.id, pass, pass && taken && countPixels(pass, runs, taken)));
    } catch (error) {
      throw blameScene(scene.id, error);
    }
  }
  return observed;
}

const nothing: PixelCount = { valid: 0, negative: 0 };

const sceneOf = (id: string, pass: Pass | null, count: PixelCount | null): ObservedScene =>
  pass && count?.valid !== 0 ? { id, pass, count } : { id, pass: null, count: nothing };

/** The same with all pixels counted. */
export async function readPass(
  ...of: Parameters<typeof observePass>
): Promise<{ passes: Pass[]; counts: SceneCount[] }> {
  const [, , runs] = of;
  const counted = (await observePass(...of)).scenes.map(({ id, pass, count }) =>
    sceneOf(id, pass, count ?? countPixels(pass!, runs)),
  );
  return {
    passes: counted.flatMap(({ pass }) => pass ?? []),
    counts: counted.map(({ id, count }) => ({ id, ...count! })),
  };
}

/** Null where its classes hide every wanted pixel that is not taken: its bands are not read then. */
async function readScene(
  scene: TaskScene,
  window: AreaWindow,
  runs: PixelRuns,
  taken: Uint8Array | null,
  read: ReadAsset,
  signal?: AbortSignal,
): Promise<Pass | null> {
  for (const band of requiredBands) assetOf(scene, band);
  const whole = classBytes(await read(assetOf(scene, 'SCL'), window, signal));
  // What an earlier scene of the pass shows is no data here.
  const classes = taken ? whole.map((value, at) => (taken[at] ? 0 : value)) : whole;
  if (!showsGround(classes, runs)) return null;
  const numbers = await Promise.all(spectralBands.map((band) => read(assetOf(scene, band), window, signal)));
  const scaling = spectralBands.map((band) => {
    const { scale, offset } = assetOf(scene, band);
    return { scale, offset };
  });
  return { numbers, classes, scaling };
}

function assetOf(scene: TaskScene, band: Band): TaskAsset {
  const asset = scene.assets[band];
  if (!asset) throw new BrokenSceneError(scene.id, `it has no band ${band}`);
  return asset;
}
