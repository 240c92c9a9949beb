import type { Job } from '#shared/domain/job.ts';

const iso = (date: Date | null) => (date ? { at: date.toISOString() } : null);

/** What happens now, in a sentence. */
function messageOf({ state, phase, error, chunks, expiredAt }: Job): string {
  if (state === 'failed') return error?.message ?? 'failed';
  if (state === 'dismissed') return 'cancelled';
  if (expiredAt) return 'its files have been removed; send the request again to have the map once more';
  if (state === 'accepted') return 'waiting for its turn';
  if (state === 'successful') return 'the map is ready';
  if (phase === 'computing') return `computing ${chunks} chunk${chunks === 1 ? '' : 's'}`;
  return phase === 'stitching' ? 'stitching the map' : 'looking for scenes';
}

/** What is told of a job beside its own record. */
export interface StatusExtras {
  progress?: number | undefined;
  /** Name of its owner, where others may see it. */
  owner?: string | undefined;
}

/** A job as OGC API - Processes shows it (statusInfo). Links are paths of this deployment. */
export function statusInfo(job: Job, { progress, owner }: StatusExtras = {}) {
  const monitor = `/status/${job.id}`;
  const [started, finished, expired] = [iso(job.startedAt), iso(job.finishedAt), iso(job.expiredAt)];
  return {
    jobID: job.id,
    processID: 'crop-map' as const,
    type: 'process' as const,
    status: job.state,
    message: messageOf(job),
    ...(progress === undefined ? {} : { progress }),
    ...(owner === undefined ? {} : { owner }),
    created: job.createdAt.toISOString(),
    ...(started ? { started: started.at } : {}),
    ...(finished ? { finished: finished.at } : {}),
    ...(expired ? { expired: expired.at } : {}),
    attempt: job.attempt,
    source: job.source,
    request: { ...job.request } as Record<string, unknown>,
    ...(job.error ? { error: job.error } : {}),
    ...(job.summary ? { summary: job.summary } : {}),
    links: [
      { rel: 'monitor', href: monitor, type: 'application/json', title: 'state and progress' },
      { rel: 'self', href: `/jobs/${job.id}`, type: 'application/json' },
      { rel: 'events', href: `${monitor}/events`, type: 'text/event-stream' },
      ...(job.state === 'successful' && !job.expiredAt
        ? [
            {
              rel: 'http://www.opengis.net/def/rel/ogc/1.0/results',
              href: `${monitor}/results`,
              type: 'application/json',
            },
          ]
        : []),
    ],
  };
}
