import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { eventStream, eventText, lastEventId, type EventSource } from './server-sent-events.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A source that counts what is asked of it, and waits for its end after `count` events. */
function countedSource(count: number) {
  const seen = { asked: 0, ended: false };
  const source: EventSource = async function* (signal) {
    try {
      for (let n = 1; n <= count; n++) {
        seen.asked = n;
        yield { id: String(n), data: n };
      }
      await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
    } finally {
      seen.ended = true;
    }
  };
  return { seen, source };
}

const open = (source: EventSource, options = {}) => {
  const client = new AbortController();
  const errors: unknown[] = [];
  const response = eventStream(source, { request: client.signal, onError: (error) => errors.push(error), ...options });
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  return { client, errors, response, reader };
};

const settle = () => vi.advanceTimersByTimeAsync(0);

describe('eventText', () => {
  test('has one line of data, and nothing that breaks out of a line', () => {
    expect(eventText({ id: '7', event: 'progress', data: { text: 'a\nb' } })).toBe(
      'id: 7\nevent: progress\ndata: {"text":"a\\nb"}\n\n',
    );
    expect(eventText({ id: '7\ndata: forged', event: 'a\r\nretry: 1', data: null })).toBe(
      'id: 7 data: forged\nevent: a  retry: 1\ndata: null\n\n',
    );
  });
});

describe('lastEventId', () => {
  test('reads a number, null without one, refuses the rest', () => {
    expect(lastEventId('42')).toBe(42n);
    expect(lastEventId(undefined)).toBeNull();
    for (const header of ['-1', '1e3', 'abc', '9'.repeat(19)])
      expect(() => lastEventId(header)).toThrow(
        expect.objectContaining({ code: 'invalid-request', field: 'Last-Event-ID' }),
      );
  });
});

describe('eventStream', () => {
  test('is a response that no proxy keeps or changes', () => {
    const { response } = open(countedSource(0).source);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store, no-transform',
      'x-accel-buffering': 'no',
    });
  });

  test('asks the source for no more than the client takes', async () => {
    const { seen, source } = countedSource(1000);
    const { reader } = open(source);
    await settle();
    expect(seen.asked).toBeLessThan(5);
    for (let i = 0; i < 10; i++) await reader.read();
    await settle();
    expect(seen.asked).toBeGreaterThan(8);
    expect(seen.asked).toBeLessThan(16);
  });

  test('pings every 15 seconds while nothing happens', async () => {
    const { reader } = open(countedSource(0).source);
    expect((await reader.read()).value).toBe('retry: 2000\n\n');
    const next = reader.read();
    await vi.advanceTimersByTimeAsync(14_900);
    await vi.advanceTimersByTimeAsync(200);
    expect((await next).value).toBe(': ping\n\n');
  });

  test.each([
    ['the request aborts', (s: ReturnType<typeof open>, _stop: AbortController) => s.client.abort()],
    ['the client cancels', (s: ReturnType<typeof open>, _stop: AbortController) => void s.reader.cancel()],
    ['the server drains', (_s: ReturnType<typeof open>, stop: AbortController) => stop.abort()],
  ])('ends the source and every timer when %s', async (_name, end) => {
    const { seen, source } = countedSource(1);
    const stop = new AbortController();
    const stream = open(source, { shutdown: stop.signal });
    await stream.reader.read();
    await stream.reader.read();
    await settle();
    expect([seen.ended, vi.getTimerCount()]).toEqual([false, 2]);
    end(stream, stop);
    await settle();
    expect([seen.ended, vi.getTimerCount()]).toEqual([true, 0]);
  });

  test('a client that stopped reading is let go', async () => {
    const { seen, source } = countedSource(1000);
    open(source);
    await vi.advanceTimersByTimeAsync(15_000 * 5);
    expect([seen.ended, vi.getTimerCount()]).toEqual([true, 0]);
  });

  test('ends cleanly after its lifetime, so that the client resumes', async () => {
    const { seen, source } = countedSource(1);
    const { reader } = open(source, { lifetimeMs: 30_000 });
    const read = (async () => {
      let text = '';
      for (let part = await reader.read(); !part.done; part = await reader.read()) text += part.value;
      return text;
    })();
    await vi.advanceTimersByTimeAsync(31_000);
    expect(await read).toContain('id: 1\ndata: 1\n\n');
    expect(seen.ended).toBe(true);
  });

  /** Everything that the stream gives while so much time passes. */
  async function heardIn(ms: number, options: object): Promise<{ text: string; over: boolean; ended: boolean }> {
    const { seen, source } = countedSource(1);
    const { reader } = open(source, options);
    const heard = { text: '', over: false, ended: false };
    void (async () => {
      for (let part = await reader.read(); !part.done; part = await reader.read()) heard.text += part.value;
      heard.over = true;
    })();
    await vi.advanceTimersByTimeAsync(ms);
    return { ...heard, ended: seen.ended };
  }

  test('ends with its token, and says so in an event without an id', async () => {
    const until = () => new Date(Date.now() + 20_000);
    expect(await heardIn(19_900, { until: until() })).toMatchObject({ over: false, ended: false });
    const { text, over, ended } = await heardIn(20_100, { until: until() });
    expect([over, ended]).toEqual([true, true]);
    const last = text.trim().split('\n\n').at(-1)!;
    expect(last).toMatch(/^event: expired\ndata: \{"code":"unauthenticated","detail":".*Last-Event-ID"\}$/);
    expect(text).toContain('id: 1\ndata: 1\n\n');
  });

  test('a token that is over already ends it at once; one that lasts longer changes nothing', async () => {
    expect(await heardIn(10, { until: new Date(Date.now() - 1) })).toMatchObject({
      over: true,
      text: expect.stringContaining('event: expired'),
    });
    const long = await heardIn(31_000, { until: new Date(Date.now() + 600_000), lifetimeMs: 30_000 });
    expect([long.over, long.text]).toEqual([true, expect.not.stringContaining('expired')]);
  });

  test('a source that fails is heard of, and ends the stream', async () => {
    const failing: EventSource = async function* () {
      yield { data: 1 };
      throw new Error('the database is gone');
    };
    const { reader, errors } = open(failing);
    let last = await reader.read();
    while (!last.done) last = await reader.read();
    expect(errors).toEqual([new Error('the database is gone')]);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('a request that is over already gets an empty stream', async () => {
    const over = new AbortController();
    over.abort();
    const { seen, source } = countedSource(5);
    const { reader } = open(source, { request: over.signal });
    let last = await reader.read();
    while (!last.done) last = await reader.read();
    expect(seen.asked).toBe(0);
    expect(vi.getTimerCount()).toBe(0);
  });
});
