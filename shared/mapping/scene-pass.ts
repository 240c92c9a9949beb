import { spectralBands } from '#shared/domain/bands.ts';
import { hiddenClasses, isSeen, type Pass, type Scaling } from '#shared/features/pass.ts';
import type { PixelRuns } from '#shared/features/pixel-runs.ts';

/** Reflectance under this is not noise. */
const impossible = -0.02;

/** Classes as bytes; what is no byte means nothing, and hides nothing. */
export function classBytes(classes: ArrayLike<number>): Uint8Array {
  if (classes instanceof Uint8Array) return classes;
  return Uint8Array.from(classes, (value) => (Number.isInteger(value) && value >= 0 && value < 256 ? value : 255));
}

/** Whether any of the chosen pixels shows the ground by its class. */
export function showsGround(classes: Uint8Array, runs: PixelRuns): boolean {
  let shows = false;
  runs.each(0, runs.count, (_pixel, place, length) => {
    for (let at = place; !shows && at < place + length; at++) shows = hiddenClasses[classes[at]] === 0;
  });
  return shows;
}

/**
 * Counts the chosen pixels that a pass shows, and those of them with a reflectance that cannot be.
 *
 * @param taken where given: receives 1 where the pass shows a pixel
 */
export function countPixels(
  { numbers, classes, scaling }: Pass,
  runs: PixelRuns,
  taken: Uint8Array | null,
): { valid: number; negative: number } {
  const [a, b, c, d, e, f] = numbers;
  const mayBeImpossible = numbers.some((plane, band) => !staysPossible(plane, scaling[band]));
  let [valid, negative] = [0, 0];
  runs.each(0, runs.count, (_pixel, place, length) => {
    for (let at = place; at < place + length; at++) {
      if (hiddenClasses[classes[at]] !== 0) continue;
      if (a[at] === 0 || b[at] === 0 || c[at] === 0 || d[at] === 0 || e[at] === 0 || f[at] === 0) continue;
      valid++;
      if (taken) taken[at] = 1;
      if (mayBeImpossible && isImpossible(numbers, scaling, at)) negative++;
    }
  });
  return { valid, negative };
}

/** Whether no number of a plane can mean too low a reflectance: the least one of an unsigned plane is 1. */
const staysPossible = (plane: ArrayLike<number>, { scale, offset }: Scaling): boolean =>
  (plane instanceof Uint16Array || plane instanceof Uint8Array) && scale > 0 && scale + offset >= impossible;

function isImpossible(numbers: Pass['numbers'], scaling: Pass['scaling'], at: number): boolean {
  for (let band = 0; band < numbers.length; band++)
    if (numbers[band][at] * scaling[band].scale + scaling[band].offset < impossible) return true;
  return false;
}

/** Reflectance of chosen pixels by band: of each pixel as the first pass has it that shows it, NaN where none does. */
export function reflectanceOf(passes: readonly Pass[], positions: Int32Array): Float32Array[] {
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
