/** How far a job was at a moment. */
export interface Sample {
  /** Seconds on any steady clock. */
  at: number;
  /** Scene reads done. */
  done: number;
}

export interface TimeLeft {
  /** Seconds. */
  low: number;
  likely: number;
  high: number;
}

/** The present pace is that of so many seconds. */
const recentS = 30;
const fewestSamples = 3;
/** A pace that looks steady is still not known better than this. */
const leastError = 0.15;

/** The pace between two samples, reads a second; null where nothing was read between them. */
function pace(from: Sample, to: Sample): number | null {
  const seconds = to.at - from.at;
  return seconds > 0 && to.done > from.done ? (to.done - from.done) / seconds : null;
}

/**
 * Seconds until all is read, from the pace since the start and that of the last half minute: the nearer they are and
 * the more was read, the smaller the range. Null where the pace is not known yet.
 */
export function timeLeft(samples: readonly Sample[], total: number): TimeLeft | null {
  const [first, last] = [samples[0], samples[samples.length - 1]];
  if (samples.length < fewestSamples || total <= 0) return null;
  const overall = pace(first, last);
  if (overall === null) return null;
  const since = samples.findLast(({ at }) => at <= last.at - recentS) ?? first;
  const recent = pace(since, last) ?? overall;
  const mean = (overall + recent) / 2;
  const error = Math.min(
    0.75,
    Math.max(leastError, Math.abs(recent - overall) / mean, 1 / Math.sqrt(last.done - first.done)),
  );
  const likely = Math.max(0, total - last.done) / mean;
  return { low: likely * (1 - error), likely, high: likely * (1 + error) };
}

/** What is left of a quote after some seconds: it never reaches nothing while the job still runs. */
export function quoteLeft(quote: { low: number; likely: number; high: number }, elapsed: number): TimeLeft {
  const left = (seconds: number) => Math.max(1, seconds - elapsed);
  return { low: left(quote.low), likely: left(quote.likely), high: left(quote.high) };
}

const maxSamples = 240;

/** Adds a sample; the oldest but the first go. */
export function withSample(samples: readonly Sample[], sample: Sample): Sample[] {
  const last = samples[samples.length - 1];
  if (last && sample.done < last.done) return [sample];
  if (last && sample.done === last.done) return [...samples];
  const next = [...samples, sample];
  return next.length > maxSamples ? [next[0], ...next.slice(2)] : next;
}
