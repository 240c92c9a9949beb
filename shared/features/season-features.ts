import { maskedSceneClasses } from '#shared/domain/bands.ts';
import { seasonDekads } from '#shared/domain/season.ts';
import { median } from './composite.ts';
import { featureCount } from './feature-names.ts';
import { compositesOfPixel, takeFeatures } from './kernel/block.ts';
import { loadedKernel, openKernel, type Kernel, type PassAddress } from './kernel/kernel.ts';
import {
  blockPixels,
  dekadBytes,
  groupPixels,
  layout,
  maxPasses,
  memoryBytes,
  passBytes,
  planeBytes,
} from './kernel/layout.ts';

const bands = 6;

/** What one satellite pass recorded of some pixels, as it was recorded. */
export interface Pass {
  /** Digital numbers, one plane per band in the order of `spectralBands`; 0 is no data. */
  numbers: readonly Uint16Array[];
  /** The scene classification. */
  classes: Uint8Array;
  /** Per band, reflectance = digital number * scale + offset; the scale is positive. */
  scaling: readonly Scaling[];
}

export interface Scaling {
  scale: number;
  offset: number;
}

/** Planes for so many passes in the memory of a kernel, which reads them there: fill them, then `seasonFeatures`. */
export function reservePasses(pixels: number, count: number): { kernel: Kernel; planes: Omit<Pass, 'scaling'>[] } {
  const plane = Math.ceil((2 * pixels) / 64) * 64;
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
 * Features-v1 from digital numbers in one pass: median composites, indices, gap filling, smoothing and features of one
 * block of pixels after the other, so that nothing of a season but what was recorded lies in memory.
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
  const isUniform = dekads.map(fitsKernel);
  for (let first = 0; first < pixels; first += blockPixels) {
    const count = Math.min(blockPixels, pixels - first);
    dekads.forEach((passes, dekad) => {
      if (isUniform[dekad]) compositeFast(kernel, passes, dekad, first, count);
      else compositePlainly(kernel, passes, dekad, first, count);
    });
    takeFeatures(kernel, out, first, count);
  }
  return out;
}

/** Medians of digital numbers are those of reflectances only where all passes are scaled alike. */
function fitsKernel(passes: readonly Pass[]): boolean {
  const isAlike = ({ scaling }: Pass) =>
    scaling.every(
      ({ scale, offset }, i) => scale === passes[0].scaling[i].scale && offset === passes[0].scaling[i].offset,
    );
  return passes.length <= maxPasses && passes.every(isAlike);
}

function compositeFast(kernel: Kernel, passes: readonly Pass[], dekad: number, first: number, count: number): void {
  passes[0]?.scaling.forEach(({ scale, offset }, band) => {
    const at = layout.scaling / 4 + 4 * band;
    kernel.floats.fill(scale / 2, at, at + 4);
    kernel.floats.fill(offset, at + 4 * bands, at + 4 * bands + 4);
  });
  const stride = strideIn(kernel, passes);
  if (stride === null) kernel.composite(stage(kernel, passes, first, count), planeBytes, dekad, count);
  else kernel.composite(passes.map(addressAt(first)), stride, dekad, count);
}

/** Distance of the planes of all passes, if they lie in the kernel's memory and the same distance apart. */
function strideIn({ bytes }: Kernel, passes: readonly Pass[]): number | null {
  if (passes.length === 0) return 0;
  const [a, b] = passes[0].numbers;
  const stride = b.byteOffset - a.byteOffset;
  const isRegular = ({ numbers, classes }: Pass) =>
    [...numbers, classes].every((plane) => plane.buffer === bytes.buffer) &&
    numbers.every((plane, band) => plane.byteOffset === numbers[0].byteOffset + band * stride);
  return passes.every(isRegular) ? stride : null;
}

const addressAt =
  (first: number) =>
  ({ numbers, classes }: Pass): PassAddress => ({
    numbers: numbers[0].byteOffset + 2 * first,
    classes: classes.byteOffset + first,
  });

/** Copies a block of the passes into the kernel's memory. */
function stage({ numbers, bytes }: Kernel, passes: readonly Pass[], first: number, count: number): PassAddress[] {
  return passes.map((pass, i) => {
    const at = layout.staging + i * passBytes;
    const classes = at + bands * planeBytes;
    pass.numbers.forEach((plane, band) =>
      numbers.set(plane.subarray(first, first + count), (at + band * planeBytes) / 2),
    );
    bytes.set(pass.classes.subarray(first, first + count), classes);
    return { numbers: at, classes };
  });
}

const hidden = Uint8Array.from({ length: 256 }, (_, value) => (maskedSceneClasses.includes(value) ? 1 : 0));

/** The same for passes that are scaled differently, or very many: the median of reflectances, pixel by pixel. */
function compositePlainly(
  { floats }: Kernel,
  passes: readonly Pass[],
  dekad: number,
  first: number,
  count: number,
): void {
  const values = new Float32Array(passes.length);
  for (let pixel = 0; pixel < count; pixel++) {
    const seen = passes.filter((pass) => isSeen(pass, first + pixel));
    const at = compositesOfPixel(pixel) + (dekad * dekadBytes) / 4;
    for (let band = 0; band < bands; band++) {
      seen.forEach(({ numbers, scaling }, i) => {
        values[i] = numbers[band][first + pixel] * scaling[band].scale + scaling[band].offset;
      });
      floats[at + band * groupPixels] = seen.length === 0 ? NaN : median(values, seen.length);
    }
  }
}

const isSeen = ({ numbers, classes }: Pass, pixel: number): boolean =>
  !hidden[classes[pixel]] && numbers.every((plane) => plane[pixel] !== 0);
