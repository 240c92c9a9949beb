import { featureCount } from './feature-names.ts';
import { featureKernel } from './features.ts';

/**
 * Features of one series from a table.
 *
 * @param composites reflectance of 6 bands x 27 dekads, [band][dekad], NaN = missing
 * @returns the 51 features, or null where fewer than three dekads are present
 */
export function seriesFeatures(composites: Float32Array): Float32Array | null {
  const out = new Float32Array(featureCount);
  featureKernel()(composites, 0, out, 0);
  return Number.isNaN(out[0]) ? null : out;
}
