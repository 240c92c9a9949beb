/** One server-sent event. */
export interface ReadEvent {
  id: string | null;
  event: string;
  data: string;
}

/** No event of ours is nearly as long; a stream that never ends one is not ours. */
const maxEventChars = 1_000_000;

/** Splits a stream of server-sent events as it comes (HTML Living Standard, 9.2.6). */
export async function* readEvents(body: ReadableStream<Uint8Array>): AsyncGenerator<ReadEvent> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let buffer = '';
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      buffer += decoder.decode(value, { stream: true });
      const blocks = buffer.split(/\r?\n\r?\n/);
      buffer = blocks.pop()!;
      if (buffer.length > maxEventChars) throw new Error('an event of the stream does not end');
      for (const event of blocks.map(eventOf)) if (event) yield event;
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

function eventOf(block: string): ReadEvent | null {
  const event: ReadEvent = { id: null, event: 'message', data: '' };
  const lines: string[] = [];
  for (const line of block.split(/\r?\n/)) {
    const [, field, value] = /^(\w+): ?(.*)$/.exec(line) ?? [];
    if (field === 'id') event.id = value;
    if (field === 'event') event.event = value;
    if (field === 'data') lines.push(value);
  }
  return lines.length === 0 ? null : { ...event, data: lines.join('\n') };
}
