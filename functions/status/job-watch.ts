import { setTimeout as sleep } from 'node:timers/promises';
import type { Database } from '#shared/db/database.ts';
import { eventsAfter, type JobEvent } from '#shared/db/events.ts';
import { jobSnapshots, type JobSnapshot } from './job-snapshots.ts';

/** Looks at jobs for many streams at once, so that a thousand of them cost the database what one does. */
export interface JobWatch {
  /** The job as it is at the next look; null where it is gone. Rejects where the look failed or the signal fires. */
  next(jobId: string, signal: AbortSignal): Promise<JobSnapshot | null>;
  /** The events after a number; streams that ask alike at the same time, as after a look, share one read. */
  events(jobId: string, after: number): Promise<JobEvent[]>;
}

type Waiter = PromiseWithResolvers<JobSnapshot | null>;

/** Looks every `pollMs` while anybody waits, and not at all otherwise. */
export function watchJobs(db: Database, pollMs: number): JobWatch {
  const waiting = new Map<string, Waiter>();
  /** Reads that are under way, and no other: an answer that was kept would grow old, and a failure last for ever. */
  const reading = new Map<string, Promise<JobEvent[]>>();
  let looking = false;

  async function look(): Promise<void> {
    looking = true;
    while (waiting.size > 0) {
      await sleep(pollMs);
      const asking = new Map(waiting);
      waiting.clear();
      await answer(db, asking);
      // Those who were answered ask again before it is seen whether anybody waits.
      await sleep(0);
    }
    looking = false;
  }

  return {
    next(jobId, signal) {
      const waiter = waiting.get(jobId) ?? Promise.withResolvers<JobSnapshot | null>();
      waiting.set(jobId, waiter);
      if (!looking) void look();
      return untilAborted(waiter.promise, signal);
    },
    events(jobId, after) {
      const key = `${jobId} ${after}`;
      const known = reading.get(key);
      if (known) return known;
      const events = eventsAfter(db, jobId, after).finally(() => reading.delete(key));
      reading.set(key, events);
      return events;
    },
  };
}

async function answer(db: Database, asking: Map<string, Waiter>): Promise<void> {
  try {
    const found = await jobSnapshots(db, [...asking.keys()]);
    for (const [id, { resolve }] of asking) resolve(found.get(id) ?? null);
  } catch (error) {
    for (const { promise, reject } of asking.values()) {
      // Whoever has gone away meanwhile hears it no more.
      promise.catch(() => {});
      reject(error);
    }
  }
}

function untilAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  const aborted = Promise.withResolvers<never>();
  const abort = () => aborted.reject(signal.reason);
  if (signal.aborted) abort();
  else signal.addEventListener('abort', abort, { once: true });
  return Promise.race([promise, aborted.promise]).finally(() => signal.removeEventListener('abort', abort));
}
