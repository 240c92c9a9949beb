import { median } from './composite.ts';
import { isSeen, type Pass } from './pass.ts';
import type { PixelRuns } from './pixel-runs.ts';

const bands = 6;

/**
 * Medians of reflectance, pixel by pixel, for passes that the kernel does not take.
 *
 * @param start the first of `pixels` pixels among those of the runs
 * @returns one plane per band, NaN where nothing was seen
 */
export function plainMedians(
  passes: readonly Pass[],
  runs: PixelRuns,
  start: number,
  pixels: number,
): readonly Float32Array[] {
  const out = Array.from({ length: bands }, () => new Float32Array(pixels));
  runs.each(start, pixels, (first, place, length) => {
    for (let i = 0; i < length; i++) {
      const seen = passes.filter((pass) => isSeen(pass, place + i));
      out.forEach((plane, band) => (plane[first - start + i] = medianReflectance(seen, band, place + i)));
    }
  });
  return out;
}

/**
 * Median reflectance of a band in the passes that show a pixel; NaN where there are none. Where they are scaled alike it
 * is that of the kernel, bit for bit: the digital numbers are ordered, and the two middle ones become reflectance
 * together, in float32. What is computed for a pixel never depends on the pixels beside it.
 */
function medianReflectance(seen: readonly Pass[], band: number, place: number): number {
  if (seen.length === 0) return NaN;
  const { scale, offset } = seen[0].scaling[band];
  const isAlike = seen.every(({ scaling }) => scaling[band].scale === scale && scaling[band].offset === offset);
  if (!isAlike) {
    const values = Float32Array.from(seen, ({ numbers, scaling }) => {
      return numbers[band][place] * scaling[band].scale + scaling[band].offset;
    });
    return median(values, values.length);
  }
  const numbers = seen.map((pass) => pass.numbers[band][place]).sort((a, b) => a - b);
  const sum = numbers[(numbers.length - 1) >> 1] + numbers[numbers.length >> 1];
  return Math.fround(Math.fround(sum * Math.fround(scale / 2)) + Math.fround(offset));
}
