import { seasonDekads } from '#shared/domain/season.ts';
import { featureCount } from './feature-names.ts';
import { loadedKernel, openKernel, type Kernel } from './kernel/kernel.ts';
import { blockPixels, memoryBytes } from './kernel/layout.ts';
import type { Pass } from './pass.ts';
import { allPixels } from './pixel-runs.ts';
import { SeasonMedians } from './season-medians.ts';

export type { Pass, Scaling } from './pass.ts';

const bands = 6;

/** Planes of a pass in the memory of a kernel. */
export interface ReservedPlanes {
  numbers: readonly Uint16Array[];
  classes: Uint8Array;
}

/**
 * Distance of two planes where planes of a round number of bytes would lie in the same sets of the caches: they are read
 * side by side.
 */
const apart = 640;

/** Planes for so many passes in the memory of a kernel, which reads them there: fill them, then `seasonFeatures`. */
export function reservePasses(pixels: number, count: number): { kernel: Kernel; planes: ReservedPlanes[] } {
  const plane = Math.ceil((2 * pixels) / 128) * 128 + apart;
  const all = bands * plane + plane / 2;
  const kernel = openKernel(count * all + 64);
  const { buffer } = kernel.bytes;
  const planes = Array.from({ length: count }, (_, i) => {
    const at = memoryBytes + i * all;
    const numbers = Array.from({ length: bands }, (_, band) => new Uint16Array(buffer, at + band * plane, pixels));
    return { numbers, classes: new Uint8Array(buffer, at + bands * plane, pixels) };
  });
  return { kernel, planes };
}

/**
 * Features-v1 from the digital numbers of a whole season in one pass: median composites, indices, gap filling,
 * smoothing and features of one block of pixels after the other. `SeasonMedians` takes a season dekad by dekad.
 *
 * @param dekads the passes of each of the 27 dekads, planes of as many pixels each
 * @param kernel that of `reservePasses` reads the planes that it reserved in place; others are copied block by block
 * @param out receives the features: a large new array costs as much as half of the kernel's work
 * @returns [pixel][feature]: n x 51 in the order of `featureNames`; a pixel with too little to see is all NaN
 */
export function seasonFeatures(
  dekads: readonly (readonly Pass[])[],
  pixels: number,
  kernel: Kernel = loadedKernel(),
  out: Float32Array = new Float32Array(pixels * featureCount),
): Float32Array {
  if (dekads.length !== seasonDekads) throw new Error(`a season has ${seasonDekads} dekads, not ${dekads.length}`);
  const runs = allPixels(pixels);
  for (let first = 0; first < pixels; first += blockPixels) {
    const count = Math.min(blockPixels, pixels - first);
    const block = SeasonMedians.ofBlock(count, kernel);
    dekads.forEach((passes, dekad) => block.add(dekad, passes, runs, first));
    block.features(0, count, out.subarray(first * featureCount, (first + count) * featureCount));
  }
  return out;
}
