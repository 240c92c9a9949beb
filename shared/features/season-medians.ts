import { seasonDekads } from '#shared/domain/season.ts';
import { countPixels, type PixelCount } from './count-pixels.ts';
import { featureCount } from './feature-names.ts';
import { compositesOfPixel } from './kernel/block.ts';
import { openKernel, type Kernel } from './kernel/kernel.ts';
import {
  blockMedians,
  blockPixels,
  dekadBytes,
  dekadMedians,
  groupMedians,
  groupPixels,
  layout,
  memoryBytes,
  offsetAt,
  planeBytes,
  scalingAt,
} from './kernel/layout.ts';
import { addressAt, fitsKernel, setScaling, Staging, strideIn } from './kernel/staging.ts';
import { PackedMedians } from './packed-medians.ts';
import type { Pass } from './pass.ts';
import type { PixelRuns } from './pixel-runs.ts';
import { plainMedians } from './plain-medians.ts';

const bands = 6;

/** Median reflectance of a dekad that the kernel cannot compute: one plane per band, NaN where nothing was seen. */
type PlainDekad = readonly Float32Array[];

/**
 * The season of some pixels, dekad by dekad: what stays of a dekad is twice the median digital number of each band as
 * uint16, 324 bytes a pixel in all, in the kernel's memory; of more than a block they are packed. Features are computed of
 * them block by block.
 */
export class SeasonMedians {
  readonly pixels: number;
  readonly #kernel: Kernel;
  /** Where a block's medians lie while they are used. */
  readonly #block: number;
  readonly #packed: PackedMedians | null;
  readonly #plain = new Map<number, PlainDekad>();

  /**
   * @param kernel one whose memory has room for the medians from `address` on: `medianBytes`
   */
  constructor(pixels: number, kernel: Kernel = openKernel(medianBytes(pixels)), address = memoryBytes) {
    this.pixels = pixels;
    this.#kernel = kernel;
    this.#block = address;
    this.#packed = pixels > blockPixels ? new PackedMedians(blocksOf(pixels), kernel, address + blockMedians) : null;
  }

  /**
   * Takes the passes of a dekad; each dekad has to come once, one without passes too.
   *
   * @param runs where the pixels lie in the planes of the passes
   * @param start the season's first pixel among those of the runs
   * @param counts to each its pass's pixels are added; they mean nothing of a dekad that the kernel cannot compute
   */
  add(dekad: number, passes: readonly Pass[], runs: PixelRuns, start = 0, counts?: PixelCount[]): void {
    this.#plain.delete(dekad);
    setScaling(this.#kernel, dekad, passes[0]);
    if (!fitsKernel(passes) || !this.#addFast(dekad, passes, runs, start, counts))
      this.#plain.set(dekad, plainMedians(passes, runs, start, this.pixels));
  }

  /** The same of all pixels of the runs, and counts what each pass shows of them. */
  addCounted(dekad: number, passes: readonly Pass[], runs: PixelRuns): PixelCount[] {
    const counts = passes.map((): PixelCount => ({ valid: 0, negative: 0 }));
    this.add(dekad, passes, runs, 0, counts);
    return this.#plain.has(dekad) ? passes.map((pass) => countPixels(pass, runs)) : counts;
  }

  #addFast(
    dekad: number,
    passes: readonly Pass[],
    runs: PixelRuns,
    start: number,
    counts: PixelCount[] | undefined,
  ): boolean {
    const stride = counts ? null : strideIn(this.#kernel, passes);
    let staging: Staging | null = null;
    for (let first = 0; first < this.pixels; first += blockPixels) {
      const count = Math.min(blockPixels, this.pixels - first);
      const target = this.#block + dekad * dekadMedians;
      const place = stride === null ? null : runs.placeOf(start + first, count);
      let isRight: boolean;
      if (place === null) {
        staging ??= new Staging(this.#kernel, passes);
        staging.copy(runs, start + first, count);
        this.#count(staging, count, counts);
        isRight = this.#kernel.composite(staging.addresses, planeBytes, target, count);
      } else isRight = this.#kernel.composite(passes.map(addressAt(place)), stride!, target, count);
      if (!isRight) return false;
      this.#packed?.keep(first / blockPixels, dekad, target, count);
    }
    return true;
  }

  #count({ addresses }: Staging, pixels: number, counts: PixelCount[] | undefined): void {
    counts?.forEach((count, pass) => {
      const { valid, negative } = this.#kernel.count(addresses[pass], pixels);
      count.valid += valid;
      count.negative += negative;
    });
  }

  /**
   * Features-v1 of pixels `first` to `first + count` as [pixel][feature], in the order of `featureNames`; a pixel with
   * too little to see is all NaN.
   *
   * @param first a multiple of `blockPixels`
   */
  features(first: number, count: number, out: Float32Array = new Float32Array(count * featureCount)): Float32Array {
    if (first % blockPixels !== 0) throw new Error(`pixel ${first} does not begin a block of ${blockPixels}`);
    for (let at = 0; at < count; at += blockPixels) {
      const length = Math.min(blockPixels, count - at);
      this.#computeBlock(first + at, length);
      const from = layout.out / 4;
      out.set(this.#kernel.floats.subarray(from, from + length * featureCount), at * featureCount);
    }
    return out;
  }

  /** Median reflectance of one pixel as [band][dekad], NaN where nothing was seen. */
  composites(pixel: number): Float32Array {
    const first = pixel - (pixel % blockPixels);
    const count = pixel - first + 1;
    const out = new Float32Array(bands * seasonDekads);
    this.#restore(first);
    for (let dekad = 0; dekad < seasonDekads; dekad++) {
      this.#expand(dekad, first, count);
      const from = compositesOfPixel(pixel - first) + (dekad * dekadBytes) / 4;
      for (let band = 0; band < bands; band++)
        out[band * seasonDekads + dekad] = this.#kernel.floats[from + band * groupPixels];
    }
    return out;
  }

  #computeBlock(first: number, count: number): void {
    this.#restore(first);
    if (this.#plain.size === 0) return this.#kernel.featuresOfMedians(this.#block, count);
    for (let dekad = 0; dekad < seasonDekads; dekad++) this.#expand(dekad, first, count);
    this.#kernel.features(count);
  }

  #restore(first: number): void {
    for (let dekad = 0; dekad < seasonDekads; dekad++)
      this.#packed?.restore(first / blockPixels, dekad, this.#block + dekad * dekadMedians);
  }

  /** Writes a dekad of the block that is in use as reflectance. */
  #expand(dekad: number, first: number, count: number): void {
    const { floats, numbers } = this.#kernel;
    const plain = this.#plain.get(dekad);
    for (let pixel = 0; pixel < count; pixel++) {
      const to = compositesOfPixel(pixel) + (dekad * dekadBytes) / 4;
      const from = (this.#block + dekad * dekadMedians + groupOf(pixel) * groupMedians) / 2;
      for (let band = 0; band < bands; band++) {
        const sum = numbers[from + band * groupPixels + (pixel % groupPixels)];
        const scaled = Math.fround(sum * floats[scalingAt(dekad, band) / 4]);
        const kept = sum === 0 ? NaN : scaled + floats[offsetAt(dekad, band) / 4];
        floats[to + band * groupPixels] = plain ? plain[band][first + pixel] : kept;
      }
    }
  }
}

const groupOf = (pixel: number) => Math.floor(pixel / groupPixels);

/** Bytes that the medians of so many pixels take in a kernel's memory. */
export const medianBytes = (pixels: number): number => blockMedians * (pixels > blockPixels ? 1 + blocksOf(pixels) : 1);

const blocksOf = (pixels: number) => Math.ceil(pixels / blockPixels);
