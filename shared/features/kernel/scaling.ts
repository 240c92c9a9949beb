import { seasonDekads } from '#shared/domain/season.ts';
import { highestImpossible } from '../count-pixels.ts';
import type { Pass } from '../pass.ts';
import type { Kernel } from './kernel.ts';
import { layout } from './layout.ts';

const bands = 6;
const lanes = 4;

/** Values of a dekad's scaling, and of a season's. */
export const dekadScaling = 2 * bands * lanes;
export const scalingLength = seasonDekads * dekadScaling;

/** What makes reflectance of the sums of two of a pass's digital numbers, as a dekad of `layout.scaling`. */
export function scalingOf({ scaling }: Pass): Float32Array {
  const out = new Float32Array(dekadScaling);
  scaling.forEach(({ scale, offset }, band) => {
    out.fill(scale / 2, band * lanes, (band + 1) * lanes);
    out.fill(offset, (bands + band) * lanes, (bands + band + 1) * lanes);
  });
  return out;
}

/** Says which digital numbers of a pass mean a reflectance that cannot be. */
export function setImpossible({ numbers }: Kernel, { scaling }: Pass): void {
  scaling.forEach((each, band) => {
    const at = layout.impossible / 2 + 8 * band;
    numbers.fill(highestImpossible(each), at, at + 8);
  });
}
