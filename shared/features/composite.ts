import { seasonDekads } from '#shared/domain/season.ts';
import { compositeLength } from './spectral-index.ts';

/** What one satellite pass saw: per band the reflectance of each pixel, NaN in every band where it is not valid. */
export interface Observation {
  /** One plane per band, in the order of `spectralBands`; all of the same length. */
  bands: readonly Float32Array[];
}

/** Median of the first `count` values; of an even count the mean of the two middle ones. Reorders `values`. */
export function median(values: Float32Array, count: number): number {
  const sorted = values.subarray(0, count);
  if (count > 2) insertionSort(sorted);
  const middle = count >> 1;
  if (count % 2 === 1) return sorted[middle];
  return (sorted[middle - 1] + sorted[middle]) / 2;
}

/** A dekad has a handful of observations: insertion beats the built-in sort there. */
function insertionSort(values: Float32Array): void {
  for (let i = 1; i < values.length; i++) {
    const value = values[i];
    let j = i - 1;
    for (; j >= 0 && values[j] > value; j--) values[j + 1] = values[j];
    values[j + 1] = value;
  }
}

/**
 * Writes the median composite of one dekad, the plain version that the kernel's medians are tested against: per pixel and band over the observations that are valid there; NaN where
 * there is none.
 *
 * @param composites [pixel][band][dekad], see `featuresOf`
 * @param dekad 0..26
 * @returns how many observations of pixels were valid, summed over the pixels
 */
export function compositeDekad(observations: readonly Observation[], composites: Float32Array, dekad: number): number {
  const pixels = composites.length / compositeLength;
  const values = new Float32Array(observations.length);
  let valid = 0;
  for (let pixel = 0; pixel < pixels; pixel++) {
    const at = pixel * compositeLength + dekad;
    for (let band = 0; band < 6; band++) {
      const count = collect(observations, band, pixel, values);
      composites[at + band * seasonDekads] = count === 0 ? NaN : median(values, count);
      if (band === 0) valid += count;
    }
  }
  return valid;
}

function collect(observations: readonly Observation[], band: number, pixel: number, values: Float32Array): number {
  let count = 0;
  for (const observation of observations) {
    const value = observation.bands[band][pixel];
    if (!Number.isNaN(value)) values[count++] = value;
  }
  return count;
}
