import { seasonDekads } from '#shared/domain/season.ts';
import { featureCount } from '../feature-names.ts';
import { compositeLength } from '../spectral-index.ts';
import type { Kernel } from './kernel.ts';
import { dekadBytes, groupBytes, groupMedians, groupPixels, layout, medianAt, offsetAt, scalingAt } from './layout.ts';

const bands = 6;

/** Place of a pixel's composites in the kernel's memory, in values: its first dekad and band; bands are 8 apart. */
const compositesOfPixel = (pixel: number): number =>
  (layout.composites + Math.floor(pixel / groupPixels) * groupBytes) / 4 + (pixel % groupPixels);

/** Copies pixels of composites, [pixel][band][dekad], into the kernel's memory. A dekad lacks all bands or none there. */
export function writeComposites({ floats }: Kernel, composites: Float32Array, first: number, count: number): void {
  for (let pixel = 0; pixel < count; pixel++) {
    const from = (first + pixel) * compositeLength;
    const to = compositesOfPixel(pixel);
    for (let t = 0; t < seasonDekads; t++) {
      const at = to + (t * dekadBytes) / 4;
      let isMissing = false;
      for (let band = 0; band < bands; band++) {
        const value = composites[from + band * seasonDekads + t];
        floats[at + band * groupPixels] = value;
        isMissing ||= Number.isNaN(value);
      }
      if (isMissing) for (let band = 0; band < bands; band++) floats[at + band * groupPixels] = NaN;
    }
  }
}

/** Writes a dekad of the block's medians as composites, NaN where nothing was seen. */
export function expandMedians({ floats, numbers }: Kernel, dekad: number, count: number): void {
  for (let pixel = 0; pixel < count; pixel++) {
    const to = dekadOfPixel(pixel, dekad);
    const from = (medianAt(dekad) + Math.floor(pixel / groupPixels) * groupMedians) / 2 + (pixel % groupPixels);
    for (let band = 0; band < bands; band++) {
      const sum = numbers[from + band * groupPixels];
      const scaled = Math.fround(sum * floats[scalingAt(dekad, band) / 4]);
      floats[to + band * groupPixels] = sum === 0 ? NaN : scaled + floats[offsetAt(dekad, band) / 4];
    }
  }
}

/** Writes a dekad of composites: one plane per band. */
export function writeReflectance({ floats }: Kernel, dekad: number, planes: readonly Float32Array[]): void {
  planes.forEach((plane, band) =>
    plane.forEach((value, pixel) => (floats[dekadOfPixel(pixel, dekad) + band * groupPixels] = value)),
  );
}

/** A pixel's composites as [band][dekad]. */
export function readComposite({ floats }: Kernel, pixel: number): Float32Array {
  const out = new Float32Array(compositeLength);
  for (let dekad = 0; dekad < seasonDekads; dekad++)
    for (let band = 0; band < bands; band++)
      out[band * seasonDekads + dekad] = floats[dekadOfPixel(pixel, dekad) + band * groupPixels];
  return out;
}

const dekadOfPixel = (pixel: number, dekad: number) => compositesOfPixel(pixel) + (dekad * dekadBytes) / 4;

/** Copies the features that were computed of a block to its pixels in `out`. */
export function copyFeatures({ floats }: Kernel, out: Float32Array, first: number, count: number): void {
  const from = layout.out / 4;
  out.set(floats.subarray(from, from + count * featureCount), first * featureCount);
}
