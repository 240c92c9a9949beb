/** How fast work goes here. */
export interface Pace {
  /** Of one worker, for one scene of one chunk. */
  secondsPerRead: number;
  /** Of one worker, for one pixel from composite to part. */
  secondsPerPixel: number;
  /** Of a job whatever its size: planning, starting workers, stitching. */
  overheadSeconds: number;
  /** Factors of the expected time under and over which one chunk in ten was. */
  low: number;
  high: number;
  /** The most chunks that were computed at one time. */
  workers: number;
}

interface Part {
  finishedAt: number;
  seconds: Record<string, number>;
  scenes: number;
  computedPixels: number;
}

interface Job {
  wallSeconds: number;
  parts: number;
  partSeconds: number;
}

/** Fewer chunks say little. */
const enoughParts = 5;

/** Value at a share (0-1) of sorted values, by linear interpolation. */
function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (sorted.length - 1) * share;
  const [low, high] = [sorted[Math.floor(at)], sorted[Math.ceil(at)]];
  return low + (high - low) * (at - Math.floor(at));
}

const total = ({ seconds }: Part) => Object.values(seconds).reduce((sum, value) => sum + value, 0);
const reading = ({ seconds }: Part) => seconds.read ?? 0;

/** The most of these parts that were under way at one moment. */
function mostAtOnce(parts: readonly Part[]): number {
  const changes = parts.flatMap((part) => [
    { at: part.finishedAt - total(part), by: 1 },
    { at: part.finishedAt, by: -1 },
  ]);
  let [now, most] = [0, 1];
  for (const { by } of changes.sort((a, b) => a.at - b.at || a.by - b.by)) most = Math.max(most, (now += by));
  return most;
}

/**
 * The pace of past work: medians over chunks of the seconds for one scene and for one pixel, how far single chunks were
 * off the time that these two foretell, and the median of what jobs took beside. Null where there are fewer than five
 * chunks.
 *
 * @param jobs whose parts were all computed for them; may be empty
 */
export function paceOf(parts: readonly Part[], jobs: readonly Job[]): Pace | null {
  if (parts.length < enoughParts) return null;
  const secondsPerRead = quantile(
    parts.map((part) => reading(part) / part.scenes),
    0.5,
  );
  const secondsPerPixel = quantile(
    parts.map((part) => (total(part) - reading(part)) / part.computedPixels),
    0.5,
  );
  const foretold = (part: Part) => secondsPerRead * part.scenes + secondsPerPixel * part.computedPixels;
  const factors = parts.map((part) => total(part) / Math.max(1e-6, foretold(part)));
  const workers = mostAtOnce(parts);
  const beside = jobs.map((job) => Math.max(0, job.wallSeconds - job.partSeconds / Math.min(workers, job.parts)));
  return {
    secondsPerRead,
    secondsPerPixel,
    overheadSeconds: beside.length === 0 ? 0 : quantile(beside, 0.5),
    low: Math.min(1, quantile(factors, 0.1)),
    high: Math.max(1, quantile(factors, 0.9)),
    workers,
  };
}
