import type { Context } from 'hono';
import { GeoCropError } from '#shared/domain/errors.ts';
import type { AppEnv } from '#shared/http/app-env.ts';

export interface SlotLimits {
  /** What takes the slots, as a sentence calls it. */
  what: string;
  atOnce: number;
  /** When to come back where all slots are taken. */
  retrySeconds: number;
  /** How long one may take. */
  seconds: number;
}

/** Runs a task for a request; its signal fires when the client leaves or the time is up. */
export type RunInSlot = <T>(c: Context<AppEnv>, task: (signal: AbortSignal) => Promise<T>) => Promise<T>;

/** Lets so many tasks of requests run at once in this process, each for a bounded time; more are sent away (503). */
export function workSlots({ what, atOnce, retrySeconds, seconds }: SlotLimits): RunInSlot {
  let running = 0;
  return async (c, task) => {
    if (running >= atOnce) {
      c.header('Retry-After', String(retrySeconds));
      throw new GeoCropError('unavailable', `other requests for a ${what} are under way; try again in a few seconds`);
    }
    running++;
    const timeUp = AbortSignal.timeout(seconds * 1000);
    try {
      return await task(AbortSignal.any([c.req.raw.signal, timeUp]));
    } catch (error) {
      if (c.req.raw.signal.aborted) throw new GeoCropError('interrupted', 'the client has left', { cause: error });
      if (!timeUp.aborted) throw error;
      throw new GeoCropError(
        'unavailable',
        `the ${what} was not ready within ${seconds} s; the source of the scenes is slow, or the area is very large`,
        { cause: error },
      );
    } finally {
      running--;
    }
  };
}
