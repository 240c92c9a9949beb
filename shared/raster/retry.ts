import { setTimeout as delay } from 'node:timers/promises';
import { GeoCropError } from '#shared/domain/errors.ts';

/** Trouble that may pass: worth another try, after the pause that the server asked for if it named one. */
export class TransientError extends Error {
  readonly retryAfterMs: number;

  constructor(message: string, options: ErrorOptions & { retryAfterMs?: number | undefined } = {}) {
    super(message, options);
    this.name = 'TransientError';
    this.retryAfterMs = options.retryAfterMs ?? 0;
  }
}

export interface RetryPolicy {
  /** Tries in all, the first included. */
  tries: number;
  /** Pause before the second try; it doubles with each further one. */
  firstDelayMs: number;
  /** No pause is longer, whatever the server asks for. */
  maxDelayMs: number;
  sleep: (ms: number, signal?: AbortSignal) => Promise<unknown>;
  /** Uniform in [0, 1): the jitter. */
  random: () => number;
}

export const defaultRetryPolicy: RetryPolicy = {
  tries: 5,
  firstDelayMs: 500,
  maxDelayMs: 30_000,
  sleep: (ms, signal) => delay(ms, undefined, signal ? { signal } : {}),
  random: Math.random,
};

/** Pause after the failed try `index` (from 0): half of the exponential step is fixed, half is jitter. */
export function pauseMs(policy: RetryPolicy, index: number, retryAfterMs: number): number {
  const step = policy.firstDelayMs * 2 ** index * (0.5 + policy.random() / 2);
  return Math.min(policy.maxDelayMs, Math.max(step, retryAfterMs));
}

/** Runs `attempt` until it succeeds; only a TransientError is tried again, and after the last try it is `source-unavailable`. */
export async function withRetries<T>(
  name: string,
  attempt: () => Promise<T>,
  policy: RetryPolicy,
  signal?: AbortSignal,
): Promise<T> {
  for (let index = 0; ; index++) {
    signal?.throwIfAborted();
    try {
      return await attempt();
    } catch (error) {
      signal?.throwIfAborted();
      if (!(error instanceof TransientError)) throw error;
      if (index + 1 >= policy.tries) throw unavailable(name, policy.tries, error);
      await pause(pauseMs(policy, index, error.retryAfterMs), policy, signal);
    }
  }
}

async function pause(ms: number, policy: RetryPolicy, signal?: AbortSignal): Promise<void> {
  try {
    await policy.sleep(ms, signal);
  } finally {
    signal?.throwIfAborted();
  }
}

function unavailable(name: string, tries: number, cause: TransientError): GeoCropError {
  const message = `${name} could not be read in ${tries} tries: ${cause.message}. Run the same job again later.`;
  return new GeoCropError('source-unavailable', message, { cause });
}
