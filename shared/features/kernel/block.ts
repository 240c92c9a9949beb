import { seasonDekads } from '#shared/domain/season.ts';
import { featureCount } from '../feature-names.ts';
import { compositeLength } from '../spectral-index.ts';
import type { Kernel } from './kernel.ts';
import { dekadBytes, groupBytes, groupPixels, layout } from './layout.ts';

/** Place of a pixel's composites in the kernel's memory, in values: its first dekad and band; bands are 8 apart. */
export const compositesOfPixel = (pixel: number): number =>
  (layout.composites + Math.floor(pixel / groupPixels) * groupBytes) / 4 + (pixel % groupPixels);

/** Copies pixels of composites, [pixel][band][dekad], into the kernel's memory. A dekad lacks all bands or none there. */
export function writeComposites({ floats }: Kernel, composites: Float32Array, first: number, count: number): void {
  for (let pixel = 0; pixel < count; pixel++) {
    const from = (first + pixel) * compositeLength;
    const to = compositesOfPixel(pixel);
    for (let t = 0; t < seasonDekads; t++) {
      const at = to + (t * dekadBytes) / 4;
      let isMissing = false;
      for (let band = 0; band < 6; band++) {
        const value = composites[from + band * seasonDekads + t];
        floats[at + band * groupPixels] = value;
        isMissing ||= Number.isNaN(value);
      }
      if (isMissing) for (let band = 0; band < 6; band++) floats[at + band * groupPixels] = NaN;
    }
  }
}

/** Computes the features of the composites in the kernel's memory and copies them to their pixels in `out`. */
export function takeFeatures(kernel: Kernel, out: Float32Array, first: number, count: number): void {
  kernel.features(count);
  const from = layout.out / 4;
  out.set(kernel.floats.subarray(from, from + count * featureCount), first * featureCount);
}
