import { expect, test } from 'vitest';
import { randomNumbers } from '#shared/testing/random-numbers.ts';
import { KeptMemory } from './kept-memory.ts';
import type { Samples } from './samples.ts';

const placeOf = ({ buffer, byteOffset }: Samples) => [buffer, byteOffset];
const mebibyte = 2 ** 20;

test('what is given back is taken by the next, whole or a piece of it', () => {
  const memory = new KeptMemory();
  const first = memory.samples('uint16', mebibyte).fill(7);
  const second = memory.samples('uint16', mebibyte);
  expect(placeOf(second)).not.toEqual(placeOf(first));
  expect([first.length, first.BYTES_PER_ELEMENT]).toEqual([mebibyte, 2]);
  memory.give(first);
  const pieces = [1, 2].map(() => memory.samples('float32', mebibyte / 4));
  expect(pieces.map(({ buffer, byteOffset }) => [buffer === first.buffer, byteOffset])).toEqual([
    [true, first.byteOffset],
    [true, first.byteOffset + mebibyte],
  ]);
  for (const piece of pieces) memory.give(piece);
  expect(placeOf(memory.samples('uint8', 2 * mebibyte))).toEqual(placeOf(first));
});

test('memory that is given back twice, or is not its own, is not given to two', () => {
  const memory = new KeptMemory();
  const own = memory.samples('uint8', 5000);
  memory.give(own);
  memory.give(own);
  memory.give(new Uint8Array(own.buffer, own.byteOffset, own.length));
  memory.give([1, 2, 3]);
  const taken = [1, 2].map(() => memory.samples('uint8', 5000));
  expect(placeOf(taken[0])).toEqual(placeOf(own));
  expect(placeOf(taken[1])).not.toEqual(placeOf(own));
});

test('what is lent to one is never written by another, in any order of giving and taking', () => {
  const memory = new KeptMemory();
  const random = randomNumbers(7);
  const below = (limit: number) => Math.floor(random() * limit);
  const lent: { samples: Samples; value: number }[] = [];
  const buffers = new Set<ArrayBufferLike>();
  for (let turn = 0; turn < 3000; turn++) {
    const isTaking = lent.length === 0 || (lent.length < 40 && below(2) === 0);
    if (isTaking) {
      const samples = memory.samples('uint16', 1 + below(400_000));
      buffers.add(samples.buffer);
      lent.push({ samples: samples.fill(turn), value: turn });
    } else {
      const [{ samples, value }] = lent.splice(below(lent.length), 1);
      expect([samples[0], samples[samples.length - 1]]).toEqual([value, value]);
      memory.give(samples);
    }
  }
  // 40 of them are 16 MB, or at most 32.
  expect(buffers.size).toBeLessThanOrEqual(3);
});

test('memory beyond what is kept goes when nothing of it is lent', () => {
  const memory = new KeptMemory(20 * mebibyte);
  const [first, second] = [1, 2].map(() => memory.samples('uint8', 16 * mebibyte));
  memory.give(first);
  memory.give(second);
  const taken = [1, 2].map(() => memory.samples('uint8', 16 * mebibyte).buffer);
  expect(taken[0]).toBe(second.buffer);
  expect(taken[1]).not.toBe(first.buffer);
});
