import { expect, test, vi } from 'vitest';
import { watchConnection } from './connection.ts';

function setUp(ping: () => Promise<unknown>) {
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
