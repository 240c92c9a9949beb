/**
 * Savitzky-Golay filter of window 5 and order 2 (Savitzky and Golay 1964); the two samples at each end are taken from
 * the least-squares parabola through the outer five, as SciPy's `savgol_filter(..., mode='interp')`.
 *
 * @param series at least 5 samples, replaced by the filtered ones
 * @param scratch at least as long as the series
 */
export function smoothSeries(series: Float64Array, scratch: Float64Array): void {
  const n = series.length;
  scratch.set(series);
  const v = scratch;
  for (let t = 2; t < n - 2; t++)
    series[t] = (-3 * v[t - 2] + 12 * v[t - 1] + 17 * v[t] + 12 * v[t + 1] - 3 * v[t + 2]) / 35;
  series[0] = edge(v[0], v[1], v[2], v[3], v[4]);
  series[1] = nextToEdge(v[0], v[1], v[2], v[3], v[4]);
  series[n - 1] = edge(v[n - 1], v[n - 2], v[n - 3], v[n - 4], v[n - 5]);
  series[n - 2] = nextToEdge(v[n - 1], v[n - 2], v[n - 3], v[n - 4], v[n - 5]);
}

const edge = (a: number, b: number, c: number, d: number, e: number) => (31 * a + 9 * b - 3 * c - 5 * d + 3 * e) / 35;
const nextToEdge = (a: number, b: number, c: number, d: number, e: number) =>
  (9 * a + 13 * b + 12 * c + 6 * d - 5 * e) / 35;
