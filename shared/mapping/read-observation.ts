import { maskedSceneClasses, requiredBands, spectralBands, type Band } from '#shared/domain/bands.ts';
import type { GridWindow } from '#shared/domain/grid.ts';
import type { Observation } from '#shared/features/composite.ts';
import { blameScene, BrokenSceneError } from './broken-scene.ts';
import type { TaskAsset, TaskScene } from './chunk-task.ts';

/** Reads an asset onto a window by nearest neighbour: digital numbers row by row, 0 where it has no data. */
export type ReadAsset = (asset: TaskAsset, window: GridWindow, signal?: AbortSignal) => Promise<ArrayLike<number>>;

/** What was seen of one scene in one chunk. */
export interface SceneCount {
  id: string;
  /** Computed pixels that this scene gave a valid observation. */
  valid: number;
  /** Of those, pixels with a reflectance below zero in a band: many of them mean a wrongly stated offset. */
  negative: number;
}

/** Reflectance under this is not noise. */
const impossible = -0.02;
const masked = new Set(maskedSceneClasses);

/**
 * One satellite pass over a window: per pixel the first scene, in id order, that is valid there. A pixel is valid
 * where every band has data and the scene classification does not hide the ground.
 *
 * @param positions the pixels to read, as positions in the window
 * @returns reflectance per band at those pixels, NaN where no scene is valid
 */
export async function readObservation(
  scenes: readonly TaskScene[],
  window: GridWindow,
  positions: Int32Array,
  read: ReadAsset,
  signal?: AbortSignal,
): Promise<Observation & { counts: SceneCount[] }> {
  const bands = spectralBands.map(() => new Float32Array(positions.length).fill(NaN));
  const counts: SceneCount[] = [];
  for (const scene of scenes) {
    signal?.throwIfAborted();
    try {
      counts.push(await addScene(scene, window, positions, bands, read, signal));
    } catch (error) {
      throw blameScene(scene.id, error);
    }
  }
  return { bands, counts };
}

async function addScene(
  scene: TaskScene,
  window: GridWindow,
  positions: Int32Array,
  bands: Float32Array[],
  read: ReadAsset,
  signal?: AbortSignal,
): Promise<SceneCount> {
  for (const band of requiredBands) assetOf(scene, band);
  const classification = await read(assetOf(scene, 'SCL'), window, signal);
  const open = openPixels(classification, positions, bands[0]);
  if (open.length === 0) return { id: scene.id, valid: 0, negative: 0 };
  const planes = await Promise.all(spectralBands.map((band) => read(assetOf(scene, band), window, signal)));
  const seen = open.filter((pixel) => planes.every((plane) => plane[positions[pixel]] !== 0));
  const negative = new Set<number>();
  spectralBands.forEach((band, i) => {
    const { scale, offset } = assetOf(scene, band);
    for (const pixel of seen) {
      const reflectance = planes[i][positions[pixel]] * scale + offset;
      bands[i][pixel] = reflectance;
      if (reflectance < impossible) negative.add(pixel);
    }
  });
  return { id: scene.id, valid: seen.length, negative: negative.size };
}

/** Pixels that no earlier scene has filled and whose class leaves the ground in sight. */
function openPixels(classification: ArrayLike<number>, positions: Int32Array, filled: Float32Array): Int32Array {
  const open = new Int32Array(positions.length);
  let count = 0;
  for (let pixel = 0; pixel < positions.length; pixel++)
    if (Number.isNaN(filled[pixel]) && !masked.has(classification[positions[pixel]])) open[count++] = pixel;
  return open.subarray(0, count);
}

function assetOf(scene: TaskScene, band: Band): TaskAsset {
  const asset = scene.assets[band];
  if (!asset) throw new BrokenSceneError(scene.id, `it has no band ${band}`);
  return asset;
}
