import { spectralBands } from '#shared/domain/bands.ts';
import { seasonDekads } from '#shared/domain/season.ts';
import { median } from '#shared/features/composite.ts';

/** How often a series looks: once a dekad, or once a month (placed in the month's middle dekad). */
export type Cadence = 'dekadal' | 'monthly';

/** One labelled place through one season. */
export interface LabelledSeries {
  id: string;
  /** The data set that it comes from. */
  source: string;
  /** Degrees. */
  lat: number;
  lon: number;
  className: string;
  cadence: Cadence;
  /** Reflectance [band][dekad], 6 x 27, NaN = missing: what `seriesFeatures` reads. */
  composites: Float32Array;
}

const dnPerReflectance = 10_000;

export const emptyComposites = (): Float32Array => new Float32Array(spectralBands.length * seasonDekads).fill(NaN);

/**
 * Reflectance of one date of a table, in the order of `spectralBands`; null where a band is missing or DN 0, because
 * only an observation with every band is valid.
 */
export function reflectances(row: Readonly<Record<string, string>>): Float32Array | null {
  const values = Float32Array.from(spectralBands, (band) => Number(row[band] || NaN) / dnPerReflectance);
  return values.every((value) => value > 0) ? values : null;
}

/** Writes one dekad into composites; the median, band by band, where there are several observations. */
export function placeDekad(composites: Float32Array, dekad: number, observations: readonly Float32Array[]): void {
  if (observations.length === 0) return;
  for (let band = 0; band < spectralBands.length; band++) {
    const values = Float32Array.from(observations, (observation) => observation[band]);
    composites[band * seasonDekads + dekad] = median(values, values.length);
  }
}

/** The observation of a dekad, in the order of `spectralBands`; null where it is missing. */
export function observationOf(composites: Float32Array, dekad: number): Float32Array | null {
  const values = Float32Array.from(spectralBands, (_, band) => composites[band * seasonDekads + dekad]);
  return values.some(Number.isNaN) ? null : values;
}

/** The dekads that are present, ascending. */
export function presentDekads(composites: Float32Array): number[] {
  return Array.from({ length: seasonDekads }, (_, dekad) => dekad).filter((dekad) => !Number.isNaN(composites[dekad]));
}

/** Index of the middle dekad of month 0..8 of a season: where a monthly value stands. */
export const middleDekad = (month: number): number => month * 3 + 1;
