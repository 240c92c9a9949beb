import { seasonDekads } from '#shared/domain/season.ts';
import { countPeaks } from './peaks.ts';
import type { IndexSeries } from './spectral-index.ts';

const T = seasonDekads;

/** Basis of the first two annual harmonics over the 27 dekads: cos, sin for k = 1, 2. */
const harmonics = [1, 2].flatMap((k) =>
  [Math.cos, Math.sin].map((wave) => Float64Array.from({ length: T }, (_, t) => wave((2 * Math.PI * k * t) / T))),
);

function argmax(v: Float64Array): number {
  let best = 0;
  for (let t = 1; t < v.length; t++) if (v[t] > v[best]) best = t;
  return best;
}

function minimum(v: Float64Array, from: number, to: number): number {
  let low = v[from];
  for (let t = from + 1; t <= to; t++) if (v[t] < low) low = v[t];
  return low;
}

function mean(v: Float64Array): number {
  let sum = 0;
  for (let t = 0; t < v.length; t++) sum += v[t];
  return sum / v.length;
}

function standardDeviation(v: Float64Array, average: number): number {
  let sum = 0;
  for (let t = 0; t < v.length; t++) sum += (v[t] - average) ** 2;
  return Math.sqrt(sum / v.length);
}

function trapezoid(v: Float64Array, from: number, to: number): number {
  let area = 0;
  for (let t = from; t < to; t++) area += (v[t] + v[t + 1]) / 2;
  return area;
}

/** Root mean square error of v against its mean plus two harmonics (Jakubauskas 2001). `fit` is scratch of 27. */
function harmonicRmse(v: Float64Array, average: number, fit: Float64Array): number {
  fit.fill(average);
  for (const wave of harmonics) {
    let coefficient = 0;
    for (let t = 0; t < T; t++) coefficient += v[t] * wave[t];
    coefficient *= 2 / T;
    for (let t = 0; t < T; t++) fit[t] += coefficient * wave[t];
  }
  let sum = 0;
  for (let t = 0; t < T; t++) sum += (v[t] - fit[t]) ** 2;
  return Math.sqrt(sum / T);
}

/** Start of the unbroken run up to the peak at or above half of the way from the lowest value before it. */
function startOfSeason(v: Float64Array, peak: number): number {
  const threshold = (minimum(v, 0, peak) + v[peak]) / 2;
  let t = peak;
  while (t > 0 && v[t - 1] >= threshold) t--;
  return t;
}

function endOfSeason(v: Float64Array, peak: number): number {
  const threshold = (minimum(v, peak, T - 1) + v[peak]) / 2;
  let t = peak;
  while (t < T - 1 && v[t + 1] >= threshold) t++;
  return t;
}

/**
 * Features 37-51 from the filled and smoothed index series: times in dekads (0-26), NDVI unitless. Names after
 * Digital Earth Africa's `xr_phenology`, TIMESAT and FORCE.
 *
 * @param out receives 15 values from `at` on, in the order of `featureNames`
 * @param scratch 27 values
 */
export function phenology(series: IndexSeries, out: Float32Array, at: number, scratch: Float64Array): void {
  const v = series.ndvi;
  const peak = argmax(v);
  const max = v[peak];
  const start = startOfSeason(v, peak);
  const end = endOfSeason(v, peak);
  const average = mean(v);
  const amplitude = max - minimum(v, 0, T - 1);
  out[at] = standardDeviation(v, average);
  out[at + 1] = amplitude;
  out[at + 2] = peak;
  out[at + 3] = start;
  out[at + 4] = end;
  out[at + 5] = end - start;
  out[at + 6] = trapezoid(v, start, end);
  out[at + 7] = (max - v[start]) / Math.max(1, peak - start);
  out[at + 8] = (v[end] - max) / Math.max(1, end - peak);
  out[at + 9] = countPeaks(v, Math.max(0.1, 0.25 * amplitude));
  out[at + 10] = harmonicRmse(v, average, scratch);
  out[at + 11] = series.cire[argmax(series.cire)];
  out[at + 12] = series.ndwi[argmax(series.ndwi)];
  out[at + 13] = argmax(series.ndre) - peak;
  out[at + 14] = (peak - start) / Math.max(1, end - start);
}
