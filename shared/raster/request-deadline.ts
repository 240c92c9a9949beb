import { TransientError } from './retry.ts';

export interface DeadlineLimits {
  /** A request that takes longer in all is given up, ms. */
  timeoutMs: number;
  /** A request on which nothing arrives for so long is given up, ms. */
  stallMs: number;
}

export const defaultDeadlineLimits: DeadlineLimits = { timeoutMs: 300_000, stallMs: 30_000 };

/** One request's clock. `signal` aborts on the caller's abort, on a stall and at the end of the whole time. */
export interface RequestDeadline {
  signal: AbortSignal;
  /** Something arrived: the stall clock starts again. */
  progress: () => void;
  stop: () => void;
}

export function requestDeadline(limits: DeadlineLimits, outer?: AbortSignal): RequestDeadline {
  const controller = new AbortController();
  const giveUp = (what: string) => controller.abort(new TransientError(what));
  const total = setTimeout(giveUp, limits.timeoutMs, `no complete answer within ${limits.timeoutMs / 1000} s`);
  const stall = setTimeout(giveUp, limits.stallMs, `nothing arrived for ${limits.stallMs / 1000} s`);
  return {
    signal: outer ? AbortSignal.any([controller.signal, outer]) : controller.signal,
    progress: () => void stall.refresh(),
    stop: () => {
      clearTimeout(total);
      clearTimeout(stall);
    },
  };
}
