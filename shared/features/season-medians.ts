import { seasonDekads } from '#shared/domain/season.ts';
import { countPixels, type PixelCount } from './count-pixels.ts';
import { featureCount } from './feature-names.ts';
import { copyFeatures, expandMedians, readComposite, writeReflectance } from './kernel/block.ts';
import { loadedKernel, type Kernel } from './kernel/kernel.ts';
import { blockPixels, layout, medianAt, planeBytes } from './kernel/layout.ts';
import { addressAt, fitsKernel, Staging, strideIn } from './kernel/staging.ts';
import { dekadScaling, scalingLength, scalingOf, setImpossible } from './kernel/scaling.ts';
import { PackedMedians } from './packed-medians.ts';
import type { Pass } from './pass.ts';
import type { PixelRuns } from './pixel-runs.ts';
import { plainMedians } from './plain-medians.ts';

/** Median reflectance of a dekad that the kernel cannot compute: one plane per band, NaN where nothing was seen. */
type PlainDekad = readonly Float32Array[];

/**
 * The season of some pixels, dekad by dekad: what stays of a dekad is twice the median digital number of each band as
 * uint16, packed. Features are computed of it block by block. Many seasons share a kernel.
 */
export class SeasonMedians {
  readonly pixels: number;
  readonly #kernel: Kernel;
  /** None where the medians of a block stay in the kernel's memory. */
  readonly #packed: PackedMedians | null;
  /** What makes reflectance of the digital numbers, as `layout.scaling` has it. */
  readonly #scaling = new Float32Array(scalingLength);
  readonly #plain = new Map<number, PlainDekad>();

  constructor(
    pixels: number,
    kernel: Kernel = loadedKernel(),
    packed: PackedMedians | null = new PackedMedians(blocksOf(pixels), kernel),
  ) {
    this.pixels = pixels;
    this.#kernel = kernel;
    this.#packed = packed;
  }

  /** The season of a block's pixels or fewer, which has a kernel to itself until it is done. */
  static ofBlock(pixels: number, kernel: Kernel): SeasonMedians {
    return new SeasonMedians(pixels, kernel, null);
  }

  /**
   * Takes the passes of a dekad; each dekad has to come once, one without passes too.
   *
   * @param runs where the pixels lie in the planes of the passes
   * @param start the season's first pixel among those of the runs
   * @param counts to each its pass's pixels are added; they mean nothing of a dekad that the kernel cannot compute
   */
  add(dekad: number, passes: readonly Pass[], runs: PixelRuns, start = 0, counts?: PixelCount[]): void {
    if (passes.length > 0) this.#scaling.set(scalingOf(passes[0]), dekad * dekadScaling);
    if (counts && passes.length > 0) setImpossible(this.#kernel, passes[0]);
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
    // What is packed at once may lie where the last dekad lay.
    const target = medianAt(this.#packed ? 0 : dekad);
    let staging: Staging | null = null;
    for (let first = 0; first < this.pixels; first += blockPixels) {
      const count = Math.min(blockPixels, this.pixels - first);
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
      copyFeatures(this.#kernel, out, at, length);
    }
    return out;
  }

  /** Median reflectance of one pixel as [band][dekad], NaN where nothing was seen. */
  composites(pixel: number): Float32Array {
    const first = pixel - (pixel % blockPixels);
    const count = pixel - first + 1;
    this.#restore(first);
    this.#expand(first, count);
    return readComposite(this.#kernel, pixel - first);
  }

  /** Gives back the memory of the pixels before `end`, whose features are not wanted any more. */
  free(end: number): void {
    this.#packed?.free(end < this.pixels ? Math.floor(end / blockPixels) : blocksOf(end));
  }

  #computeBlock(first: number, count: number): void {
    this.#restore(first);
    if (this.#plain.size === 0) return this.#kernel.featuresOfMedians(layout.medians, count);
    this.#expand(first, count);
    this.#kernel.features(count);
  }

  /** Writes the block that is in use as reflectance. */
  #expand(first: number, count: number): void {
    for (let dekad = 0; dekad < seasonDekads; dekad++) {
      const planes = this.#plain.get(dekad)?.map((plane) => plane.subarray(first, first + count));
      if (planes) writeReflectance(this.#kernel, dekad, planes);
      else expandMedians(this.#kernel, dekad, count);
    }
  }

  /** Brings a block and the season's scaling into the kernel's memory. */
  #restore(first: number): void {
    this.#kernel.floats.set(this.#scaling, layout.scaling / 4);
    for (let dekad = 0; dekad < seasonDekads; dekad++)
      this.#packed?.restore(first / blockPixels, dekad, medianAt(dekad));
  }
}

const blocksOf = (pixels: number) => Math.ceil(pixels / blockPixels);
