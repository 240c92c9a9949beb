import { featureCount } from './feature-names.ts';
import { loadedKernel } from './kernel/kernel.ts';
import { blockPixels } from './kernel/layout.ts';
import { copyFeatures, writeComposites } from './kernel/block.ts';
import { compositeLength } from './spectral-index.ts';

export { minDekads } from './kernel/layout.ts';

/**
 * Features-v1 of a block of pixels: indices, gap filling, smoothing, monthly profile and phenology, in float32 by the
 * compiled kernel. `plainFeaturesOf` is its plain version.
 *
 * @param composites reflectance as [pixel][band][dekad]: n x 6 x 27, NaN = missing, bands as in `spectralBands`
 * @returns [pixel][feature]: n x 51 in the order of `featureNames`; a pixel with too little to see is all NaN
 */
export function featuresOf(composites: Float32Array): Float32Array {
  const pixels = composites.length / compositeLength;
  if (!Number.isInteger(pixels)) throw new Error(`composites of ${composites.length} values are not whole pixels`);
  const out = new Float32Array(pixels * featureCount);
  const kernel = loadedKernel();
  for (let first = 0; first < pixels; first += blockPixels) {
    const count = Math.min(blockPixels, pixels - first);
    writeComposites(kernel, composites, first, count);
    kernel.features(count);
    copyFeatures(kernel, out, first, count);
  }
  return out;
}
