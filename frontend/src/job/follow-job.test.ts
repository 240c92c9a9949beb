import { describe, expect, test } from 'vitest';
import { followJob, type FollowDeps } from './follow-job.ts';
import type { ReadEvent } from './read-events.ts';

const event = (id: string | null, name: string): ReadEvent => ({ id, event: name, data: '{}' });

/** A server that answers each opening with the next of these: events, and then a break or a clean end. */
function server(answers: { events?: ReadEvent[]; fails?: Error }[]) {
  const opened: (string | null)[] = [];
  const waits: number[] = [];
  const seen: string[] = [];
  const states: string[] = [];
  const deps: FollowDeps = {
    async open(lastId) {
      opened.push(lastId);
      const { events = [], fails } = answers.shift() ?? { fails: new Error('gone for good') };
      if (fails && events.length === 0) throw fails;
      return (async function* () {
        yield* events;
        if (fails) throw fails;
      })();
    },
    isFinal: (error) => (error as Error).message === 'gone for good',
    wait: async (ms) => void waits.push(ms),
    onEvent: ({ event: name }) => void seen.push(name),
    onState: (state) => void states.push(state),
  };
  return { deps, opened, waits, seen, states };
}
const follow = (deps: FollowDeps) => followJob(deps, new AbortController().signal);

describe('a stream', () => {
  test('that breaks off goes on after the last event with an id', async () => {
    const { deps, opened, seen, states } = server([
      { events: [event('3', 'planned'), event(null, 'progress')], fails: new Error('reset') },
      { events: [event('4', 'part'), event('5', 'successful')] },
    ]);
    await follow(deps);
    expect(opened).toEqual([null, '3']);
    expect(seen).toEqual(['planned', 'progress', 'part', 'successful']);
    expect(states).toEqual(['live', 'broken', 'live', 'ended']);
  });

  test('that ends without the end of the job is opened again', async () => {
    const { deps, opened } = server([{ events: [event('3', 'part')] }, { events: [event('9', 'failed')] }]);
    await follow(deps);
    expect(opened).toEqual([null, '3']);
  });

  test('of a job that was repeated does not stop at its first end', async () => {
    const { deps, opened, states } = server([
      { events: [event('3', 'failed'), event('4', 'retried')] },
      { events: [event('7', 'successful')] },
    ]);
    await follow(deps);
    expect(opened).toEqual([null, '4']);
    expect(states.at(-1)).toBe('ended');
  });

  test('that fails waits ever longer, and anew after it has spoken', async () => {
    const fails = new Error('502');
    const { deps, waits } = server([
      ...Array.from({ length: 7 }, () => ({ fails })),
      { events: [event('1', 'part')], fails },
      { events: [event('2', 'dismissed')] },
    ]);
    await follow(deps);
    expect(waits).toEqual([500, 1000, 2000, 4000, 8000, 16_000, 20_000, 500]);
  });

  test('of a job that is gone ends', async () => {
    const { deps, states } = server([]);
    await follow(deps);
    expect(states).toEqual(['ended']);
  });

  test('that nobody wants any more is not opened again', async () => {
    const leave = new AbortController();
    const { deps, opened } = server([{ events: [event('1', 'part')] }, { events: [event('2', 'part')] }]);
    await followJob({ ...deps, onEvent: () => leave.abort() }, leave.signal);
    expect(opened).toEqual([null]);
  });
});
