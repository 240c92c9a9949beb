import { openStates } from '#shared/domain/job.ts';
import type { ServerSentEvent } from '#shared/http/server-sent-events.ts';
import { jobSnapshots, type JobSnapshot } from './job-snapshots.ts';
import type { StatusDeps } from './deps.ts';
import type { JobWatch } from './job-watch.ts';

/**
 * The events of a job after a sequence number: what happened, each with its id, so that a client can go on from there;
 * and between them the progress, without an id, whenever it has changed. Ends when the job has ended.
 */
export async function* jobEvents(
  jobId: string,
  after: number,
  { db }: Pick<StatusDeps, 'db'>,
  watch: JobWatch,
  signal: AbortSignal,
): AsyncGenerator<ServerSentEvent> {
  let seq = after;
  let shown = '';
  let job: JobSnapshot | null = (await jobSnapshots(db, [jobId])).get(jobId) ?? null;
  while (job && !signal.aborted) {
    let isOld = false;
    while (job.lastSeq > seq) {
      for (const { seq: id, type, data, at } of await watch.events(jobId, seq)) {
        seq = id;
        isOld = seq > job.lastSeq;
        yield { id: String(id), event: type, data: { ...(data as object), at: at.toISOString() } };
      }
    }
    if (!openStates.includes(job.state)) return;
    const progress = JSON.stringify(job.progress);
    // What is older than the events that were just told would contradict them.
    if (progress !== shown && !isOld) yield { event: 'progress', data: job.progress };
    shown = progress;
    job = await nextLook(jobId, watch, signal);
  }
}

/** Null where the stream is over. */
const nextLook = (jobId: string, watch: JobWatch, signal: AbortSignal): Promise<JobSnapshot | null> =>
  watch.next(jobId, signal).catch((error) => {
    if (signal.aborted) return null;
    throw error;
  });
