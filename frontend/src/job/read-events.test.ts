import { expect, test } from 'vitest';
import { readEvents } from './read-events.ts';

const streamOf = (pieces: (string | Uint8Array)[]) =>
  new ReadableStream<Uint8Array>({
    start(controller) {
      for (const piece of pieces)
        controller.enqueue(typeof piece === 'string' ? new TextEncoder().encode(piece) : piece);
      controller.close();
    },
  });

async function all(pieces: (string | Uint8Array)[]) {
  const events = [];
  for await (const event of readEvents(streamOf(pieces))) events.push(event);
  return events;
}

test('events come whole, however the line cuts them', async () => {
  const text =
    'retry: 2000\n\nid: 7\nevent: part\ndata: {"key":"a"}\n\n: ping\n\nevent: progress\ndata: {"parts":3}\n\n';
  const expected = [
    { id: '7', event: 'part', data: '{"key":"a"}' },
    { id: null, event: 'progress', data: '{"parts":3}' },
  ];
  expect(await all([text])).toEqual(expected);
  expect(await all([...text])).toEqual(expected);
});

test('a character that is cut in two is one character', async () => {
  const bytes = new TextEncoder().encode('data: Mutoko–Ü\n\n');
  expect(await all([...bytes].map((byte) => Uint8Array.of(byte)))).toEqual([
    { id: null, event: 'message', data: 'Mutoko–Ü' },
  ]);
});

test('lines of data belong together, and an event that the end cuts off is none', async () => {
  expect(await all(['data: a\r\ndata: b\r\n\r\nid: 9\ndata: half'])).toEqual([
    { id: null, event: 'message', data: 'a\nb' },
  ]);
});

test('a stream without an end of event is given up', async () => {
  await expect(all(['data: ', 'x'.repeat(1_000_001)])).rejects.toThrow('does not end');
});
