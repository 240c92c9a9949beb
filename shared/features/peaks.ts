/**
 * Counts the local maxima of a series whose prominence is at least `minProminence`, as SciPy's
 * `find_peaks(v, prominence=minProminence)`: a flat top counts once, the first and the last sample never.
 */
export function countPeaks(v: Float64Array, minProminence: number): number {
  let count = 0;
  let t = 1;
  while (t < v.length - 1) {
    const end = plateauEnd(v, t);
    const isPeak = v[t - 1] < v[t] && end < v.length - 1 && v[end + 1] < v[t];
    if (isPeak && prominence(v, (t + end) >> 1) >= minProminence) count++;
    t = end + 1;
  }
  return count;
}

function plateauEnd(v: Float64Array, start: number): number {
  let end = start;
  while (end + 1 < v.length && v[end + 1] === v[start]) end++;
  return end;
}

/** Height above the higher of the two lowest points on the way to higher ground, or to the ends. */
function prominence(v: Float64Array, peak: number): number {
  let left = v[peak];
  for (let t = peak; t >= 0 && v[t] <= v[peak]; t--) left = Math.min(left, v[t]);
  let right = v[peak];
  for (let t = peak; t < v.length && v[t] <= v[peak]; t++) right = Math.min(right, v[t]);
  return v[peak] - Math.max(left, right);
}
