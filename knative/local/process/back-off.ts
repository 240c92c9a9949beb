/** Failures in a row and when the last one was. */
export interface Failures {
  count: number;
  lastAt: number;
}

export const noFailures: Failures = { count: 0, lastAt: 0 };
const firstMs = 1000;
const mostMs = 60_000;
/** A process that lived this long was well; its end starts a new count. */
const wellMs = 10_000;

/** The failures after a process that lived `livedMs` ended by itself at `now`. */
export function afterFailure(failures: Failures, now: number, livedMs: number): Failures {
  return { count: livedMs >= wellMs ? 1 : failures.count + 1, lastAt: now };
}

/** When the next start may be tried: at once after a first failure, then 1 s, 2 s, 4 s ... up to a minute later. */
export function nextStartAt({ count, lastAt }: Failures): number {
  if (count < 2) return lastAt;
  return lastAt + Math.min(firstMs * 2 ** (count - 2), mostMs);
}
