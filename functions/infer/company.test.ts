import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { keepCompany } from './company.ts';

test('work has company unless it must be alone; all of it gets its turn in order', async () => {
  const company = keepCompany();
  const running = new Set<string>();
  const seen: string[] = [];
  const work = (name: string) => async () => {
    running.add(name);
    seen.push([...running].join('+'));
    await sleep(5);
    running.delete(name);
    if (name === 'C') throw new Error('failed');
    return name;
  };
  const names = ['a', 'b', 'C', 'D', 'e', 'f'];
  const ends = await Promise.allSettled(names.map((name) => company(name === name.toUpperCase(), work(name))));
  expect(seen).toEqual(['a', 'a+b', 'C', 'D', 'e', 'e+f']);
  expect(ends.map((end) => (end.status === 'fulfilled' ? end.value : 'failed'))).toEqual([
    'a',
    'b',
    'failed',
    'D',
    'e',
    'f',
  ]);
});
