import { hiddenClasses, type Pass, type Scaling } from './pass.ts';
import type { PixelRuns } from './pixel-runs.ts';

/** Reflectance under this is not noise. */
const impossible = -0.02;

export interface PixelCount {
  /** Pixels that a pass shows. */
  valid: number;
  /** Of those, pixels with a reflectance that cannot be. */
  negative: number;
}

/**
 * Counts the chosen pixels that a pass shows; `SeasonMedians.addCounted` does so faster.
 *
 * @param taken where given: receives 1 where the pass shows a pixel
 */
export function countPixels(
  { numbers, classes, scaling }: Pass,
  runs: PixelRuns,
  taken: Uint8Array | null = null,
): PixelCount {
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
const staysPossible = (plane: ArrayLike<number>, scaling: Scaling): boolean =>
  (plane instanceof Uint16Array || plane instanceof Uint8Array) && scaling.scale > 0 && !meansImpossible(1, scaling);

function isImpossible(numbers: Pass['numbers'], scaling: Pass['scaling'], at: number): boolean {
  for (let band = 0; band < numbers.length; band++) if (meansImpossible(numbers[band][at], scaling[band])) return true;
  return false;
}

const meansImpossible = (number: number, { scale, offset }: Scaling) => number * scale + offset < impossible;

/** The highest digital number of 16 bits, 0 if there is none, that means a reflectance that cannot be. */
export function highestImpossible(scaling: Scaling): number {
  let [low, high] = [0, 65_536];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (meansImpossible(middle, scaling)) low = middle;
    else high = middle;
  }
  return low;
}
