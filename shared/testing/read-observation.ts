import { spectralBands } from '#shared/domain/bands.ts';
import type { AreaWindow } from '#shared/domain/grid.ts';
import type { Observation } from '#shared/features/composite.ts';
import { isSeen, type Pass } from '#shared/features/pass.ts';
import { runsOf } from '#shared/features/pixel-runs.ts';
import type { TaskScene } from '#shared/mapping/chunk-task.ts';
import { readPass, type ReadAsset, type SceneCount } from '#shared/mapping/read-observation.ts';

/** A pass as reflectance per band at the wanted pixels, NaN where no scene is valid; the kernel reads digital numbers. */
export async function readObservation(
  scenes: readonly TaskScene[],
  window: AreaWindow,
  positions: Int32Array,
  read: ReadAsset,
): Promise<Observation & { counts: SceneCount[] }> {
  const { passes, counts } = await readPass(scenes, window, runsOf(positions), read);
  return { bands: reflectanceOf(passes, positions), counts };
}

/** Reflectance of chosen pixels by band: of each pixel as the first pass has it that shows it, NaN where none does. */
function reflectanceOf(passes: readonly Pass[], positions: Int32Array): Float32Array[] {
  const bands = spectralBands.map(() => new Float32Array(positions.length).fill(NaN));
  positions.forEach((at, pixel) => {
    const pass = passes.find((each) => isSeen(each, at));
    if (!pass) return;
    bands.forEach((plane, band) => {
      const { scale, offset } = pass.scaling[band];
      plane[pixel] = pass.numbers[band][at] * scale + offset;
    });
  });
  return bands;
}
