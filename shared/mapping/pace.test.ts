import { describe, expect, test } from 'vitest';
import { paceOf } from './pace.ts';

/** Ten scenes and a thousand pixels: reading takes `read` seconds in all, the rest `compute`. */
const part = (read: number, compute: number, finishedAt = 1000) => ({
  finishedAt,
  scenes: 10,
  computedPixels: 1000,
  seconds: { read, features: compute / 2, ensemble: compute / 4, smooth: compute / 4 },
});
const many = (count: number, read = 20, compute = 4) => Array.from({ length: count }, () => part(read, compute));

describe('the pace of past work', () => {
  test('is not told of fewer than five chunks', () => {
    expect(paceOf(many(4), [])).toBeNull();
    expect(paceOf([], [])).toBeNull();
  });

  test('is the median of scenes and pixels, whatever one chunk that hung did', () => {
    expect(paceOf([...many(5), part(9999, 4)], [])).toMatchObject({ secondsPerRead: 2, secondsPerPixel: 0.004 });
  });

  test('of chunks that all took the same has no spread', () => {
    expect(paceOf(many(6), [])).toMatchObject({ low: 1, high: 1 });
  });

  test('has the spread of chunks that were faster and slower', () => {
    // Of 11 chunks whose time is all reading the middle one takes 10 s; the tenth and the ninetieth of a hundred 5 and 15 s.
    const parts = [1, 5, 6, 7, 8, 10, 11, 12, 13, 15, 99].map((seconds) => part(seconds, 0));
    const { low, high } = paceOf(parts, [])!;
    expect([low, high]).toEqual([expect.closeTo(0.5, 6), expect.closeTo(1.5, 6)]);
  });

  test('counts the chunks that ran at one time', () => {
    // 24 s each: three overlap at second 100, the fourth begins when the first has ended.
    const parts = [100, 110, 120, 124, 500].map((end) => part(20, 4, end));
    expect(paceOf(parts, [])!.workers).toBe(3);
    const inTurn = [100, 124, 148, 172, 196].map((end) => part(20, 4, end));
    expect(paceOf(inTurn, [])!.workers).toBe(1);
  });

  test('knows what a job takes beside its chunks, and never less than nothing', () => {
    const jobs = [
      { wallSeconds: 30, parts: 1, partSeconds: 24 },
      { wallSeconds: 31, parts: 1, partSeconds: 24 },
      { wallSeconds: 500, parts: 1, partSeconds: 24 },
    ];
    const inTurn = [100, 124, 148, 172, 196].map((end) => part(20, 4, end));
    expect(paceOf(inTurn, jobs)!.overheadSeconds).toBe(7);
    expect(paceOf(inTurn, [{ wallSeconds: 1, parts: 1, partSeconds: 24 }])!.overheadSeconds).toBe(0);
    expect(paceOf(inTurn, [])!.overheadSeconds).toBe(0);
  });
});
