/**
 * Fills the missing dekads of a series in place: linear interpolation in t between present neighbours, the ends held.
 *
 * @param present the dekads that have a value, ascending; the first `count` entries count
 */
export function fillGaps(series: Float64Array, present: Uint8Array, count: number): void {
  const first = present[0];
  const last = present[count - 1];
  series.fill(series[first], 0, first);
  series.fill(series[last], last + 1);
  for (let i = 1; i < count; i++) interpolate(series, present[i - 1], present[i]);
}

function interpolate(series: Float64Array, from: number, to: number): void {
  const slope = (series[to] - series[from]) / (to - from);
  for (let t = from + 1; t < to; t++) series[t] = series[from] + slope * (t - from);
}
