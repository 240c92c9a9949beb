import { describe, expect, test } from 'vitest';
import { quoteLeft, timeLeft, withSample, type Sample } from './time-left.ts';

const steady = (perSecond: number, seconds: number): Sample[] =>
  Array.from({ length: seconds + 1 }, (_, at) => ({ at, done: at * perSecond }));

describe('time left', () => {
  test('is not known before anything was read', () => {
    expect(timeLeft([], 100)).toBeNull();
    expect(
      timeLeft(
        [
          { at: 0, done: 0 },
          { at: 1, done: 2 },
        ],
        100,
      ),
    ).toBeNull();
    expect(
      timeLeft(
        [
          { at: 0, done: 5 },
          { at: 1, done: 5 },
          { at: 9, done: 5 },
        ],
        100,
      ),
    ).toBeNull();
  });

  test('of a steady pace is the rest over the pace, to 15 %', () => {
    const left = timeLeft(steady(10, 60), 1200)!;
    expect(left.likely).toBeCloseTo(60, 6);
    expect(left.low).toBeCloseTo(51, 6);
    expect(left.high).toBeCloseTo(69, 6);
  });

  test('has the wider range, the more the pace has changed', () => {
    const slowed = [...steady(10, 60), ...steady(2, 40).map(({ at, done }) => ({ at: at + 60.5, done: done + 600 }))];
    const left = timeLeft(slowed, 1200)!;
    expect(left.high / left.low).toBeGreaterThan(timeLeft(steady(10, 60), 1200)!.high / 51);
    expect(left.low).toBeLessThan((1200 - 680) / 6.7);
    expect(left.high).toBeGreaterThan((1200 - 680) / 6.7);
  });

  test('has a wide range after few reads', () => {
    const left = timeLeft(steady(1, 4), 100)!;
    expect(left.low).toBeCloseTo(left.likely * 0.5, 6);
  });

  test('is nothing where all is read', () => {
    expect(timeLeft(steady(10, 10), 100)!.likely).toBe(0);
  });
});

test('a quote runs down, never to nothing', () => {
  expect(quoteLeft({ low: 10, likely: 20, high: 40 }, 15)).toEqual({ low: 1, likely: 5, high: 25 });
});

test('samples are kept where something was read, and begin anew where it was started again', () => {
  const samples = withSample(withSample([{ at: 0, done: 0 }], { at: 1, done: 0 }), { at: 2, done: 4 });
  expect(samples).toEqual([
    { at: 0, done: 0 },
    { at: 2, done: 4 },
  ]);
  expect(withSample(samples, { at: 3, done: 1 })).toEqual([{ at: 3, done: 1 }]);
  const many = steady(1, 1000).reduce<Sample[]>(withSample, []);
  expect(many.length).toBeLessThanOrEqual(240);
  expect(many[0]).toEqual({ at: 0, done: 0 });
});
