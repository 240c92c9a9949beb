/** One server-sent event. */
export interface ReadEvent {
  id: string | null;
  event: string;
  data: string;
}

/** Splits a stream of server-sent events as it comes (HTML Living Standard, 9.2.6). */
export async function* readEvents(body: ReadableStream<Uint8Array>): AsyncGenerator<ReadEvent> {
  let buffer = '';
  const decoder = new TextDecoder();
  for await (const piece of body) {
    buffer += decoder.decode(piece, { stream: true });
    for (let end = buffer.indexOf('\n\n'); end >= 0; end = buffer.indexOf('\n\n')) {
      const event = eventOf(buffer.slice(0, end));
      buffer = buffer.slice(end + 2);
      if (event) yield event;
    }
  }
}

function eventOf(block: string): ReadEvent | null {
  const event: ReadEvent = { id: null, event: 'message', data: '' };
  for (const line of block.split(/\r?\n/)) {
    const [, field, value] = /^(\w+): ?(.*)$/.exec(line) ?? [];
    if (field === 'id') event.id = value;
    if (field === 'event') event.event = value;
    if (field === 'data') event.data += value;
  }
  return event.data === '' ? null : event;
}
