import { expect, test } from 'vitest';
import { createApp } from '#shared/http/create-app.ts';
import { createLogger } from '#shared/http/logger.ts';
import { workSlots } from './work-slots.ts';

test('work that takes too long is given up, with a sentence, and its place is free again', async () => {
  const app = createApp({ name: 'test', version: '1', logger: createLogger(() => {}) });
  const slots = workSlots({ what: 'quote', atOnce: 1, retrySeconds: 5, seconds: 0.05 });
  const signals: AbortSignal[] = [];
  app.get('/slow', async (c) => {
    await slots(c, (signal) => {
      signals.push(signal);
      return new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    });
    return c.text('never');
  });
  for (let round = 0; round < 2; round++) {
    const reply = await app.request('/slow');
    const { code, detail } = (await reply.json()) as { code: string; detail: string };
    expect([reply.status, code, detail]).toEqual([
      503,
      'unavailable',
      expect.stringMatching(/quote was not ready within/),
    ]);
  }
  expect(signals.map(({ aborted }) => aborted)).toEqual([true, true]);
});

test('a client that leaves is no error of the server', async () => {
  const lines: string[] = [];
  const app = createApp({ name: 'test', version: '1', logger: createLogger((line) => lines.push(line)) });
  const slots = workSlots({ what: 'quote', atOnce: 1, retrySeconds: 5, seconds: 20 });
  const leaving = new AbortController();
  app.get('/left', (c) =>
    slots(c, (signal) => {
      leaving.abort();
      return Promise.reject(signal.reason);
    }),
  );
  await app.request('/left', { signal: leaving.signal });
  const told = lines.map((line) => JSON.parse(line) as { level: string; message: string });
  expect(told).toEqual([expect.objectContaining({ level: 'info' })]);
});
