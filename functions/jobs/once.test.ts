import { expect, test } from 'vitest';
import { once } from './once.ts';

test('is made once, and again after a failure', async () => {
  let tries = 0;
  const get = once(async () => {
    if (++tries === 1) throw new Error('not yet');
    return tries;
  });
  await expect(get()).rejects.toThrow('not yet');
  expect(await Promise.all([get(), get()])).toEqual([2, 2]);
  expect(await get()).toBe(2);
});
