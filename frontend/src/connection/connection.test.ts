import { expect, test, vi } from 'vitest';
import { watchConnection } from './connection.ts';

const answer = (status: number, type = 'text/html') =>
  new Response(null, { status, headers: { 'content-type': type } });

function setUp(ping: () => Promise<Response>) {
  const waits: number[] = [];
  let next: (() => void) | null = null;
  const later = (work: () => void, ms: number) => {
    waits.push(ms);
    next = work;
    return () => void (next = null);
  };
  const run = async () => {
    next?.();
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { connection: watchConnection({ ping, later }), waits, run, waiting: () => next !== null };
}

test('is looked after ever less often until it is back, and told once each way', async () => {
  let up = false;
  const { connection, waits, run, waiting } = setUp(async () => {
    if (!up) throw new Error('refused');
    return answer(200);
  });
  const heard = vi.fn();
  connection.subscribe(heard);
  connection.lost();
  connection.lost();
  for (let i = 0; i < 6; i++) await run();
  expect(connection.isLost()).toBe(true);
  expect(waits).toEqual([1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]);
  up = true;
  await run();
  expect(connection.isLost()).toBe(false);
  expect(waiting()).toBe(false);
  expect(heard).toHaveBeenCalledTimes(2);
});

test('any answer ends the waiting, and the next loss begins anew', async () => {
  const { connection, waits, run, waiting } = setUp(() => Promise.reject(new Error('refused')));
  connection.lost();
  await run();
  connection.answered();
  expect(waiting()).toBe(false);
  connection.lost();
  expect(waits).toEqual([1000, 2000, 1000]);
});

test.each([502, 504])('a gateway with nobody behind it, %i, is no server', async (status) => {
  let now = answer(status);
  const { connection, waits, run } = setUp(async () => now);
  const heard = vi.fn();
  connection.subscribe(heard);
  connection.lost();
  for (let i = 0; i < 3; i++) await run();
  expect([connection.isLost(), waits]).toEqual([true, [1000, 2000, 4000, 8000]]);
  expect(heard).toHaveBeenCalledTimes(1);
  // The server itself says 502 of a scene that is broken.
  now = answer(status, 'application/problem+json; charset=utf-8');
  await run();
  expect(connection.isLost()).toBe(false);
});
