import { expect, test } from 'vitest';
import { afterFailure, nextStartAt, noFailures } from './back-off.ts';

test('a process that keeps dying is started at once, then after 1, 2, 4 ... 60 s', () => {
  let failures = noFailures;
  const waits: number[] = [];
  for (let n = 0; n < 10; n++) {
    failures = afterFailure(failures, 1000, 50);
    waits.push((nextStartAt(failures) - 1000) / 1000);
  }
  expect(waits).toEqual([0, 1, 2, 4, 8, 16, 32, 60, 60, 60]);
});

test('a process that was well for a while is started at once again', () => {
  const failing = { count: 7, lastAt: 0 };
  expect(nextStartAt(afterFailure(failing, 90_000, 20_000))).toBe(90_000);
});
