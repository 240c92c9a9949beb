import type { ReadEvent } from './read-events.ts';

/** How the stream of a job fares: `broken` means that the status has to be asked for. */
export type StreamState = 'live' | 'broken' | 'ended';

export interface FollowDeps {
  /** Opens the stream after an event; rejects where that fails. Rejects with a final error where it always will. */
  open: (lastEventId: string | null, signal: AbortSignal) => Promise<AsyncIterable<ReadEvent>>;
  isFinal: (error: unknown) => boolean;
  wait: (ms: number, signal: AbortSignal) => Promise<void>;
  onEvent: (event: ReadEvent) => void;
  onState: (state: StreamState, error: unknown) => void;
}

const firstWaitMs = 500;
const longestWaitMs = 20_000;
const endings = ['successful', 'failed', 'dismissed'];

/** After an end a job may be repeated: then its stream has more to tell, and its last event is no end. */
const isEnd = (event: string | null) => event !== null && endings.includes(event);

/** Follows the events of a job to its end; a stream that breaks off goes on after the last event that came. */
export async function followJob(deps: FollowDeps, signal: AbortSignal): Promise<void> {
  let lastId: string | null = null;
  let lastEvent: string | null = null;
  let waitMs = firstWaitMs;
  while (!signal.aborted) {
    try {
      const events = await deps.open(lastId, signal);
      deps.onState('live', null);
      for await (const event of events) {
        if (signal.aborted) return;
        waitMs = firstWaitMs;
        if (event.id !== null) [lastId, lastEvent] = [event.id, event.event];
        deps.onEvent(event);
      }
      if (isEnd(lastEvent)) return deps.onState('ended', null);
    } catch (error) {
      if (signal.aborted) return;
      if (deps.isFinal(error)) return deps.onState('ended', error);
      deps.onState('broken', error);
    }
    await deps.wait(waitMs, signal).catch(() => undefined);
    waitMs = Math.min(longestWaitMs, waitMs * 2);
  }
}
