import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { blockCache } from './block-cache.ts';

const block = (bytes: number) => async () => new Uint8Array(bytes);

test('readers of one block share one load', async () => {
  const cache = blockCache(10_000);
  let loads = 0;
  const load = async () => {
    loads++;
    await sleep(5);
    return Uint8Array.of(loads);
  };
  const found = await Promise.all([cache.get('a', load), cache.get('a', load), cache.get('a', load)]);
  expect(found.map((each) => each?.[0])).toEqual([1, 1, 1]);
  expect((await cache.get('a', load))?.[0]).toBe(1);
});

test('a load that failed is forgotten, and tried again', async () => {
  const cache = blockCache(10_000);
  await expect(cache.get('a', () => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
  expect((await cache.get('a', block(3)))?.length).toBe(3);
});

test('bytes are bounded, and what was used last stays', async () => {
  const cache = blockCache(5000);
  for (const key of ['a', 'b', 'c', 'd']) await cache.get(key, block(1000));
  await cache.get('a', block(1));
  await cache.get('e', block(1000));
  expect(cache.bytes).toBeLessThanOrEqual(5000);
  expect((await cache.get('a', block(1)))?.length).toBe(1000);
  expect((await cache.get('b', block(7)))?.length).toBe(7);
  await cache.get('huge', block(100_000));
  expect(cache.bytes).toBeLessThanOrEqual(5000);
});

test('absent blocks are remembered, and are not free', async () => {
  const cache = blockCache(1000);
  expect(await cache.get('a', async () => null)).toBeNull();
  expect(await cache.get('a', block(9))).toBeNull();
  for (let i = 0; i < 100; i++) await cache.get(`n${i}`, async () => null);
  expect(cache.bytes).toBeLessThanOrEqual(1000);
});

test('so many decode at a time, the others wait; one that fails lets the next go', async () => {
  const cache = blockCache(1000, 2);
  let running = 0;
  let most = 0;
  const work = async (i: number) => {
    most = Math.max(most, ++running);
    await sleep(2);
    running--;
    if (i === 1) throw new Error('broken');
    return i;
  };
  const results = await Promise.allSettled([0, 1, 2, 3, 4].map((i) => cache.decode(() => work(i))));
  expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'fulfilled', 'fulfilled']);
  expect(most).toBe(2);
});
