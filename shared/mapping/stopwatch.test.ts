import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { SharedClock, Stopwatch } from './stopwatch.ts';

function busy(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}

test('a moment belongs to the chunk that computes; where all wait, to all of them alike', async () => {
  const clock = new SharedClock();
  const [a, b] = [new Stopwatch(clock), new Stopwatch(clock)];
  const start = performance.now();
  const waitAndCompute = async (watch: Stopwatch, waitMs: number, computeMs: number) => {
    await watch.time('read', () => sleep(waitMs));
    await watch.time('features', async () => busy(computeMs));
  };
  await Promise.all([waitAndCompute(a, 100, 200), waitAndCompute(b, 150, 100)]);
  const all = (performance.now() - start) / 1000;
  const sum = [a, b].flatMap(({ seconds }) => Object.values(seconds)).reduce((x, y) => x + y, 0);
  expect(sum).toBeCloseTo(all, 1);
  expect(a.seconds.read).toBeCloseTo(0.05, 1);
  expect(a.seconds.features).toBeCloseTo(0.2, 1);
  // While the first one computed for 200 ms, the second one only waited for its turn.
  expect(b.seconds.read).toBeCloseTo(0.05, 1);
  expect(b.seconds.features).toBeCloseTo(0.1, 1);
});
