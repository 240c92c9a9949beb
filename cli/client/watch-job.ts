import { setTimeout as sleep } from 'node:timers/promises';
import { GeoCropError } from '#shared/domain/errors.ts';
import type { ApiClient } from './api-client.ts';
import { readEvents, type ReadEvent } from './event-reader.ts';

/** A job as the API shows it. */
export interface JobInfo {
  jobID: string;
  status: string;
  message?: string;
  progress?: number;
  created: string;
  source: string;
  request: Record<string, unknown>;
  error?: { code: string; message: string };
  summary?: Record<string, unknown>;
}

/** What a server that restarts answers for a moment. */
const passing = new Set(['source-unavailable', 'unavailable']);

const ends = ['successful', 'failed', 'dismissed'];
const reconnectMs = 1000;
const maxSilentTries = 30;

/** Follows a job to its end; a stream that breaks off goes on after the last event seen. */
export async function watchJob(
  client: ApiClient,
  id: string,
  onEvent: (event: ReadEvent) => void,
  signal: AbortSignal,
): Promise<JobInfo> {
  let last: string | null = null;
  for (let tries = 0; tries < maxSilentTries; tries++) {
    signal.throwIfAborted();
    try {
      const headers: Record<string, string> = last === null ? {} : { 'last-event-id': last };
      const { body } = await client.request(`/status/${id}/events`, { headers });
      for await (const event of readEvents(body!)) {
        tries = 0;
        if (event.id) last = event.id;
        onEvent(event);
      }
      const job = await client.json<JobInfo>(`/status/${id}`);
      if (ends.includes(job.status)) return job;
    } catch (error) {
      if (signal.aborted || (error instanceof GeoCropError && !passing.has(error.code))) throw error;
    }
    await sleep(reconnectMs, undefined, { signal });
  }
  throw new GeoCropError(
    'source-unavailable',
    `the server does not answer any more; the job goes on without us: geocrop jobs watch ${id}`,
  );
}
