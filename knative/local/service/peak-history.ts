/** How much was wanted, until when; the last of a history is what is wanted now (`until` is infinite). */
export interface Demand {
  wanted: number;
  until: number;
}

/**
 * A history after the demand changed to `wanted` at time `at`. It keeps only what can still be a peak: whatever is
 * followed by as much or more is forgotten, so that a history is strictly decreasing and short.
 */
export function recordDemand(history: readonly Demand[], at: number, wanted: number, horizonMs: number): Demand[] {
  if (history.at(-1)?.wanted === wanted) return [...history];
  const ended = history.map((demand) => ({ ...demand, until: Math.min(demand.until, at) }));
  const kept = ended.filter((demand) => demand.wanted > wanted && demand.until > at - horizonMs);
  return [...kept, { wanted, until: Number.POSITIVE_INFINITY }];
}

/** The highest demand in force at any moment of the last `horizonMs`. */
export function peakDemand(history: readonly Demand[], now: number, horizonMs: number): number {
  return history.find(({ until }) => until > now - horizonMs)?.wanted ?? 0;
}
