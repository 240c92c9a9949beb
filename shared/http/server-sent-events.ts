import { GeoCropError } from '#shared/domain/errors.ts';

export interface ServerSentEvent {
  /** What a client sends as `Last-Event-ID` to go on from here. */
  id?: string | undefined;
  event?: string | undefined;
  /** Sent as one line of JSON. */
  data: unknown;
}

export interface EventStreamOptions {
  /** Aborts with the request (`c.req.raw.signal`): a runtime does not cancel every stream of a client that went away. */
  request: AbortSignal;
  /** Aborts when the server drains; the client reconnects elsewhere. */
  shutdown?: AbortSignal | undefined;
  /** Hears of a source that failed; the stream ends, and the client resumes from its last event. */
  onError: (error: unknown) => void;
  pingMs?: number | undefined;
  /** The stream ends after this time, before a proxy cuts it; the client resumes. */
  lifetimeMs?: number | undefined;
  /** When the token that opened the stream runs out (`tokenEnd`): the stream says so in a last event, and ends. */
  until?: Date | null | undefined;
  /** How long a client waits before it reconnects. */
  retryMs?: number | undefined;
}

/** Gives events until its signal aborts; it is asked for the next one only when the client took the last. */
export type EventSource = (signal: AbortSignal) => AsyncIterable<ServerSentEvent>;

/** A client that took nothing over so many pings is gone. */
const stalledPings = 4;

/** Without an id, so that a client goes on after the last event that it has seen. */
const expired: ServerSentEvent = {
  event: 'expired',
  data: {
    code: 'unauthenticated',
    detail: 'the access token has expired; open the stream again with a fresh one and the Last-Event-ID',
  },
};

const headers = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-store, no-transform',
  'x-accel-buffering': 'no',
};

const oneLine = (text: string): string => text.replace(/[\r\n\0]/g, ' ');

/** The lines of one event, its empty line included. */
export function eventText({ id, event, data }: ServerSentEvent): string {
  const lines = [
    ...(id === undefined ? [] : [`id: ${oneLine(id)}`]),
    ...(event === undefined ? [] : [`event: ${oneLine(event)}`]),
    `data: ${JSON.stringify(data ?? null)}`,
  ];
  return `${lines.join('\n')}\n\n`;
}

/** The number in `Last-Event-ID`, null without the header. */
export function lastEventId(header: string | undefined): bigint | null {
  if (header === undefined || header === '') return null;
  if (/^\d{1,18}$/.test(header)) return BigInt(header);
  throw new GeoCropError('invalid-request', 'Last-Event-ID must be the id of an event of this stream, a number', {
    field: 'Last-Event-ID',
  });
}

/** A response that streams events as they come, with pings between; at most one event waits for the client. */
export function eventStream(source: EventSource, options: EventStreamOptions): Response {
  return new Response(eventBody(source, options), { headers });
}

function eventBody(source: EventSource, options: EventStreamOptions): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  const over = new AbortController();
  const signal = AbortSignal.any([over.signal, options.request, ...(options.shutdown ? [options.shutdown] : [])]);
  const events = source(signal)[Symbol.asyncIterator]();
  return new ReadableStream<Uint8Array>({
    start(controller) {
      const send = (text: string) => controller.enqueue(encoder.encode(text));
      send(`retry: ${options.retryMs ?? 2000}\n\n`);
      const timers = keepAlive(
        () => controller.desiredSize ?? 0,
        send,
        () => over.abort(),
        options,
      );
      onAbort(signal, () => {
        timers.forEach(clearTimeout);
        closeQuietly(controller);
        endIterator(events);
      });
    },
    async pull(controller) {
      if (signal.aborted) return;
      const next = await nextOrNull(events, (error) => (signal.aborted ? undefined : options.onError(error)));
      if (signal.aborted) return;
      if (next?.done === false) controller.enqueue(encoder.encode(eventText(next.value)));
      else over.abort();
    },
    cancel: () => over.abort(),
  });
}

async function nextOrNull<T>(
  events: AsyncIterator<T>,
  fail: (error: unknown) => void,
): Promise<IteratorResult<T> | null> {
  try {
    return await events.next();
  } catch (error) {
    fail(error);
    return null;
  }
}

/** Pings while the client reads, ends the stream when it has stopped to, or when its time or that of its token is over. */
function keepAlive(
  room: () => number,
  send: (text: string) => void,
  end: () => void,
  { pingMs = 15_000, lifetimeMs = 240_000, until }: EventStreamOptions,
): NodeJS.Timeout[] {
  let missed = 0;
  const ping = setInterval(() => {
    missed = room() > 0 ? 0 : missed + 1;
    if (missed >= stalledPings) end();
    else if (missed === 0) send(': ping\n\n');
  }, pingMs);
  const leftMs = until ? until.getTime() - Date.now() : Infinity;
  if (leftMs > lifetimeMs) return [ping, setTimeout(end, lifetimeMs)];
  const expire = () => {
    send(eventText(expired));
    end();
  };
  return [ping, setTimeout(expire, leftMs)];
}

function onAbort(signal: AbortSignal, act: () => void): void {
  if (signal.aborted) act();
  else signal.addEventListener('abort', act, { once: true });
}

/** The client may have cancelled already; then there is nothing left to close. */
function closeQuietly(controller: ReadableStreamDefaultController): void {
  try {
    controller.close();
  } catch {
    return;
  }
}

/** Lets the source clean up; it may still be waiting, and its own late failure concerns nobody any more. */
function endIterator(events: AsyncIterator<unknown>): void {
  events.return?.().catch(() => undefined);
}
