import { seasonDekads, seasonMonths } from '#shared/domain/season.ts';

const T = seasonDekads;

/** Offsets of the bands in a pixel's composites: [band][dekad], bands in the order of `spectralBands`. */
const [B03, B04, B05, B07, B08, B11] = [0, T, 2 * T, 3 * T, 4 * T, 5 * T];

/** Values of one pixel's composites: 6 bands x 27 dekads. */
export const compositeLength = 6 * T;

/** The five index series of one pixel, each of 27 dekads. */
export interface IndexSeries {
  ndvi: Float64Array;
  ndre: Float64Array;
  ndmi: Float64Array;
  ndwi: Float64Array;
  cire: Float64Array;
}

export const emptyIndexSeries = (): IndexSeries => ({
  ndvi: new Float64Array(T),
  ndre: new Float64Array(T),
  ndmi: new Float64Array(T),
  ndwi: new Float64Array(T),
  cire: new Float64Array(T),
});

function ratio(numerator: number, denominator: number, low: number, high: number): number {
  const value = Math.abs(denominator) < 1e-6 ? 0 : numerator / denominator;
  return Math.min(high, Math.max(low, value));
}

const normalised = (a: number, b: number) => ratio(a - b, a + b, -1, 1);

/** True where all six bands of a dekad have a value. */
function isPresent(composites: Float32Array, at: number): boolean {
  for (let band = 0; band < compositeLength; band += T) if (Number.isNaN(composites[at + band])) return false;
  return true;
}

/**
 * NDVI, NDRE, NDMI, NDWI (normalised differences, clipped to -1..1) and CIRE (clipped to -1..10; Clevers and Gitelson
 * 2013) of the dekads that a pixel has; formulas as in the awesome-spectral-indices catalogue.
 *
 * @param composites reflectance, NaN = missing; the pixel's 6 x 27 values begin at `offset`, [band][dekad]
 * @param series receives the indices at the present dekads; the other positions keep what they had
 * @param present receives the present dekads, ascending
 * @returns how many dekads are present
 */
export function indicesOfPixel(
  composites: Float32Array,
  offset: number,
  series: IndexSeries,
  present: Uint8Array,
): number {
  let count = 0;
  for (let t = 0; t < T; t++) {
    const at = offset + t;
    if (!isPresent(composites, at)) continue;
    present[count++] = t;
    const nir = composites[at + B08];
    const edge = composites[at + B05];
    series.ndvi[t] = normalised(nir, composites[at + B04]);
    series.ndre[t] = normalised(nir, edge);
    series.ndmi[t] = normalised(nir, composites[at + B11]);
    series.ndwi[t] = normalised(composites[at + B03], nir);
    series.cire[t] = ratio(composites[at + B07] - edge, edge, -1, 10);
  }
  return count;
}

/** Writes the nine monthly means (three dekads each) of a series to `out` from `at` on. */
export function monthlyMeans(series: Float64Array, out: Float32Array, at: number): void {
  for (let month = 0; month < seasonMonths; month++) {
    const t = month * 3;
    out[at + month] = (series[t] + series[t + 1] + series[t + 2]) / 3;
  }
}
