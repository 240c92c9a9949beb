import { setTimeout as sleep } from 'node:timers/promises';
import { eventsAfter } from '#shared/db/events.ts';
import { jobProgress } from '#shared/db/job-progress.ts';
import { findJob } from '#shared/db/job-row.ts';
import { openStates } from '#shared/domain/job.ts';
import type { ServerSentEvent } from '#shared/http/server-sent-events.ts';
import type { StatusDeps } from './deps.ts';

/**
 * The events of a job after a sequence number: what happened, each with its id, so that a client can go on from there;
 * and between them the progress, without an id, whenever it has changed. Ends when the job has ended.
 */
export async function* jobEvents(
  jobId: string,
  after: number,
  { db, pollMs }: StatusDeps,
  signal: AbortSignal,
): AsyncGenerator<ServerSentEvent> {
  let seq = after;
  let shown = '';
  while (!signal.aborted) {
    // The state is asked for before the events: an end that is seen has its event already.
    const job = await findJob(db, jobId, null);
    for (const { seq: id, type, data, at } of await eventsAfter(db, jobId, seq)) {
      seq = id;
      yield { id: String(id), event: type, data: { ...(data as object), at: at.toISOString() } };
    }
    if (!job || !openStates.includes(job.state)) return;
    const progress = { phase: job.phase, ...(await jobProgress(db, jobId)) };
    if (JSON.stringify(progress) !== shown) {
      shown = JSON.stringify(progress);
      yield { event: 'progress', data: progress };
    }
    await sleep(pollMs, undefined, { signal }).catch(() => {});
  }
}
