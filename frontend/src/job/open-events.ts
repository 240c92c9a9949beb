import { ApiError, errorOfAnswer } from '../api/api-error.ts';
import { authorizedFetch } from '../api/client.ts';
import { shareSuffix } from '../api/queries.ts';
import { readEvents, type ReadEvent } from './read-events.ts';

/** Opens the stream of a job; a browser's own EventSource can send no token. */
export const openEvents =
  (id: string, share: string | undefined) =>
  async (lastEventId: string | null, signal: AbortSignal): Promise<AsyncIterable<ReadEvent>> => {
    const url = new URL(`/status/${id}/events${shareSuffix(share)}`, location.origin);
    const resume = lastEventId === null ? {} : { 'last-event-id': lastEventId };
    const response = await authorizedFetch(
      new Request(url, { headers: { accept: 'text/event-stream', ...resume }, cache: 'no-store', signal }),
    );
    if (response.ok && response.body) return readEvents(response.body);
    throw errorOfAnswer(response, await response.json().catch(() => null));
  };

/** The job is gone or not ours: asking again would change nothing. */
export const isFinal = (error: unknown): boolean =>
  error instanceof ApiError &&
  error.status >= 400 &&
  error.status < 500 &&
  error.status !== 429 &&
  error.status !== 408;

export const waitFor = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      reject(signal.reason as Error);
    });
    // A line that is back is worth a try at once.
    addEventListener('online', () => resolve(), { once: true, signal });
  });
