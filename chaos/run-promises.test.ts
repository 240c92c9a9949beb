import { expect, test } from 'vitest';
import type { ChaosPromise } from './promise.ts';
import { allKept, runPromises } from './run-promises.ts';

const run = (promise: Pick<ChaosPromise, 'run'>, share = 1) =>
  runPromises([{ name: 'made-up', goal: 40, least: 2, ...promise }], {
    share,
    seed: 1,
    cache: '',
    say: () => undefined,
  });

test('a trial is told how often it must try; its row has the goal', async () => {
  const rows = await run({ run: async (attempts) => ({ promise: 'p', tried: attempts, kept: attempts }) }, 0.1);
  expect(rows).toEqual([{ promise: 'p', tried: 4, kept: 4, goal: 4 }]);
  expect(allKept(rows)).toBe(true);
  const [least] = await run({ run: async (attempts) => ({ promise: 'p', tried: attempts, kept: attempts }) }, 0.001);
  expect(least.goal).toBe(2);
});

test('one attempt that fails, one too few, or a trial that breaks is a promise not kept', async () => {
  const failed = await run({ run: async () => ({ promise: 'p', tried: 40, kept: 39 }) });
  const tooFew = await run({ run: async () => ({ promise: 'p', tried: 39, kept: 39 }) });
  const broken = await run({ run: () => Promise.reject(new Error('no server')) });
  expect([failed, tooFew, broken].map(allKept)).toEqual([false, false, false]);
  expect(broken[0]).toEqual({ promise: 'made-up: no server', tried: 40, kept: 0, goal: 40 });
});

test('the same seed gives the same numbers', async () => {
  const drawn: number[] = [];
  const draw: ChaosPromise['run'] = async (attempts, { random }) => {
    drawn.push(random(), random());
    return { promise: 'p', tried: attempts, kept: attempts };
  };
  await run({ run: draw });
  await run({ run: draw });
  expect(drawn[0]).not.toBe(drawn[1]);
  expect(drawn.slice(2)).toEqual(drawn.slice(0, 2));
});
