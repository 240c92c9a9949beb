import { maskedSceneClasses, spectralBands, type Band } from '#shared/domain/bands.ts';
import type { GridWindow } from '#shared/domain/grid.ts';
import type { Pass } from '#shared/features/pass.ts';
import { allPixels } from '#shared/features/pixel-runs.ts';
import type { TaskAsset, TaskScene } from './chunk-task.ts';
import { readPass, type ReadAsset } from './read-observation.ts';

/** Why the ground of a pixel is not seen in a scene. */
export const hiddenReasons = [
  'no data',
  'saturated',
  'shadow',
  'cloud',
  'cirrus',
  'snow',
  'another scene of the pass was taken',
] as const;
export type HiddenReason = (typeof hiddenReasons)[number];

/** Reflectance by band. */
export type BandValues = Record<(typeof spectralBands)[number], number>;

/** What one scene shows of one pixel. */
export interface PixelScene {
  id: string;
  datetime: string;
  valid: boolean;
  /** Null where it is valid. */
  reason: HiddenReason | null;
  values: BandValues | null;
}

/** What the values of the scene classification mean that hide the ground (ESA Sen2Cor). */
const reasonOfClass = new Map<number, HiddenReason>([
  [0, 'no data'],
  [1, 'saturated'],
  [3, 'shadow'],
  [8, 'cloud'],
  [9, 'cloud'],
  [10, 'cirrus'],
  [11, 'snow'],
]);
const masked = new Set(maskedSceneClasses);

/**
 * Reads one pixel of the scenes of a pass by the kernel that maps it, and tells what each scene shows.
 *
 * @param window of one pixel
 */
export async function readPixelPass(
  scenes: readonly TaskScene[],
  window: GridWindow,
  read: ReadAsset,
  signal?: AbortSignal,
): Promise<{ passes: Pass[]; scenes: PixelScene[] }> {
  const numbers = new Map<TaskAsset, number>();
  const noting: ReadAsset = async (asset, target, readSignal) => {
    const samples = await read(asset, target, readSignal);
    numbers.set(asset, samples[0]);
    return samples;
  };
  const { passes } = await readPass(scenes, window, allPixels(1), noting, signal);
  return { passes, scenes: scenes.map((scene) => shown(scene, (band) => numbers.get(scene.assets[band]!))) };
}

/** @param numberOf digital number of a band; undefined where the kernel had no need to read it */
function shown({ id, datetime, assets }: TaskScene, numberOf: (band: Band) => number | undefined): PixelScene {
  const hidden = (reason: HiddenReason) => ({ id, datetime, valid: false, reason, values: null });
  const code = numberOf('SCL') ?? 0;
  if (masked.has(code)) return hidden(reasonOfClass.get(code) ?? 'no data');
  const numbers = spectralBands.map((band) => numberOf(band));
  if (numbers.includes(undefined)) return hidden('another scene of the pass was taken');
  if (numbers.includes(0)) return hidden('no data');
  const reflectance = spectralBands.map((band, i) => {
    const { scale, offset } = assets[band]!;
    return [band, Math.fround(numbers[i]! * scale + offset)];
  });
  return { id, datetime, valid: true, reason: null, values: Object.fromEntries(reflectance) as BandValues };
}
