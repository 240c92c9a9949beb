import { useEffect, useRef, useState } from 'react';
import { followJob, type StreamState } from './follow-job.ts';
import { noProgress, withEvent, type JobProgress } from './job-progress.ts';
import { isFinal, openEvents, waitFor } from './open-events.ts';
import type { ReadEvent } from './read-events.ts';
import { withSample, type Sample } from './time-left.ts';

export interface Followed {
  progress: JobProgress;
  samples: Sample[];
  stream: StreamState | 'opening';
}

const nothingYet: Followed = { progress: noProgress, samples: [], stream: 'opening' };
/** The page changes at most so often, however fast a finished job tells its past. */
const frameMs = 200;

function withEvents(followed: Followed, events: ReadEvent[]): Followed {
  const progress = events.reduce(withEvent, followed.progress);
  const at = performance.now() / 1000;
  const { scenesRead, sceneReads } = progress;
  const samples = sceneReads > 0 ? withSample(followed.samples, { at, done: scenesRead }) : followed.samples;
  return { ...followed, progress, samples };
}

/**
 * What the event stream of a job tells, from its beginning. `round` opens it anew: a job that was repeated after its
 * stream had ended has more to tell.
 */
export function useProgress(
  id: string,
  share: string | undefined,
  { isOn, round, onStep }: { isOn: boolean; round: number; onStep: (event: string) => void },
): Followed {
  const [followed, setFollowed] = useState(nothingYet);
  const step = useRef(onStep);
  useEffect(() => {
    step.current = onStep;
  });
  useEffect(() => {
    if (!isOn) return;
    const leave = new AbortController();
    let waiting: ReadEvent[] = [];
    let timer: ReturnType<typeof setTimeout> | undefined;
    const flush = () => {
      const events = waiting;
      [waiting, timer] = [[], undefined];
      setFollowed((now) => withEvents(now, events));
      for (const { event } of events) if (event !== 'progress' && event !== 'part') step.current(event);
    };
    setFollowed(nothingYet);
    void followJob(
      {
        open: openEvents(id, share),
        isFinal,
        wait: waitFor,
        onEvent(event) {
          waiting.push(event);
          timer ??= setTimeout(flush, frameMs);
        },
        onState: (stream) => setFollowed((now) => ({ ...now, stream })),
      },
      leave.signal,
    );
    return () => {
      clearTimeout(timer);
      leave.abort();
    };
  }, [id, share, isOn, round]);
  return followed;
}
