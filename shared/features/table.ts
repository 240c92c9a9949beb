import { featuresOf } from './features.ts';

/**
 * Features of one series from a table.
 *
 * @param composites reflectance of 6 bands x 27 dekads, [band][dekad], NaN = missing
 * @returns the 51 features, or null where fewer than three dekads are present
 */
export function seriesFeatures(composites: Float32Array): Float32Array | null {
  const out = featuresOf(composites);
  return Number.isNaN(out[0]) ? null : out;
}
