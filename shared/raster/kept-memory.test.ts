import { expect, test } from 'vitest';
import { KeptMemory } from './kept-memory.ts';

test('what is given back is taken by the next who needs about as much', () => {
  const memory = new KeptMemory();
  const first = memory.samples('uint16', 100_000).fill(7);
  const second = memory.samples('uint16', 100_000);
  expect(second.buffer).not.toBe(first.buffer);
  expect([first.length, first.BYTES_PER_ELEMENT, first.byteOffset]).toEqual([100_000, 2, 0]);
  memory.give(first);
  // A little of what is large would keep it from those who need it.
  expect(memory.samples('uint8', 10).buffer).not.toBe(first.buffer);
  const third = memory.samples('uint16', 70_000);
  expect(third.buffer).toBe(first.buffer);
  expect(third.length).toBe(70_000);
});

test('the smallest that is large enough is taken', () => {
  const memory = new KeptMemory();
  const [large, small, least] = [300_000, 200_000, 100_000].map((length) => memory.samples('uint8', length));
  for (const samples of [small, large, least]) memory.give(samples);
  const taken = [150_000, 150_000, 90_000, 150_000].map((length) => memory.samples('uint8', length).buffer);
  expect(taken.slice(0, 3)).toEqual([small.buffer, large.buffer, least.buffer]);
  expect([small, large, least].map(({ buffer }) => taken.indexOf(buffer))).toEqual([0, 1, 2]);
});

test('memory that is given back twice, or is not its own, is not given to two', () => {
  const memory = new KeptMemory();
  const own = memory.samples('uint8', 5000);
  memory.give(own);
  memory.give(own);
  memory.give(new Uint8Array(new SharedArrayBuffer(own.buffer.byteLength)));
  memory.give([1, 2, 3]);
  const taken = [1, 2].map(() => memory.samples('uint8', 5000).buffer);
  expect(taken[0]).toBe(own.buffer);
  expect(taken[1]).not.toBe(own.buffer);
});

test('no more is kept than was said', () => {
  const memory = new KeptMemory(100_000);
  const [first, second] = [1, 2].map(() => memory.samples('uint8', 65_536));
  memory.give(first);
  memory.give(second);
  expect(memory.samples('uint8', 65_536).buffer).toBe(first.buffer);
  expect(memory.samples('uint8', 65_536).buffer).not.toBe(second.buffer);
});
