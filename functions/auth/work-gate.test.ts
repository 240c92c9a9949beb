import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { createWorkGate } from './work-gate.ts';

test('runs so many at once, the others in order, and refuses beyond the line', async () => {
  const gate = createWorkGate({ parallel: 2, waiting: 3 });
  const begun: number[] = [];
  let running = 0;
  let most = 0;
  const task = (n: number) => async () => {
    begun.push(n);
    most = Math.max(most, ++running);
    await sleep(5);
    running--;
    return n;
  };
  const results = await Promise.allSettled([1, 2, 3, 4, 5, 6].map((n) => gate(task(n))));
  expect(begun).toEqual([1, 2, 3, 4, 5]);
  expect(most).toBe(2);
  expect(results[5]).toMatchObject({ status: 'rejected', reason: { code: 'unavailable' } });
});

test('a task that fails gives its place back', async () => {
  const gate = createWorkGate({ parallel: 1, waiting: 1 });
  await expect(gate(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
  expect(await gate(async () => 'yes')).toBe('yes');
});
