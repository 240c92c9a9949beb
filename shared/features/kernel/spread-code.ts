import { seasonDekads } from '#shared/domain/season.ts';
import { op, select, type Local, type Value } from '#shared/wasm/simd-code.ts';
import { add, below, mul, sub } from './arithmetic.ts';
import type { Steps } from './interleave.ts';
import type { SeriesCode } from './peak-code.ts';

const T = seasonDekads;
const pairs = Array.from({ length: 13 }, (_, i) => i + 1);

/** What two harmonics leave of the square of a series is taken as a difference unless it is less than this part of it. */
const leastPart = 1 / 256;

/** A coefficient of the harmonics, and its wave at a dekad. */
interface Wave {
  sum: Local;
  at: (t: number) => Value;
}

/**
 * Standard deviation, and the RMSE that two harmonics leave. About the middle of the 27 dekads cosines are even and
 * sines are odd, so that a series is taken apart: for t = 1..13, v[t] + v[27 - t] less twice the mean, and
 * v[t] - v[27 - t]. The waves are orthogonal: the square of what they leave is that of the series less 27 / 2 of the
 * squares of their coefficients. Where that nearly cancels, it is taken dekad by dekad.
 */
export function* spreadSteps({ code, constants, v }: SeriesCode, mean: Local): Steps<[Local, Local]> {
  const f32 = (value: number) => constants.f32(value);
  const first = code.let(sub(v(0), mean));
  const twice = code.let(add(mean, mean));
  const squares = code.let(f32(0));
  const [even, odd] = [Math.cos, Math.sin].map((wave) =>
    [1, 2].map((k): Wave => ({ sum: code.let(f32(0)), at: (t) => f32(wave((2 * Math.PI * k * t) / T)) })),
  );
  const parts = (t: number): [Local, Local] => [
    code.let(sub(add(v(t), v(T - t)), twice)),
    code.let(sub(v(t), v(T - t))),
  ];
  for (const t of pairs) {
    parts(t).forEach((part, i) => {
      code.set(squares, add(squares, mul(part, part)));
      for (const { sum, at } of [even, odd][i]) code.set(sum, add(sum, mul(part, at(t))));
    });
    yield;
  }
  for (const { sum } of odd) code.set(sum, mul(sum, f32(2 / T)));
  for (const { sum } of even) code.set(sum, mul(add(sum, first), f32(2 / T)));
  const all = code.let(add(mul(squares, f32(0.5)), mul(first, first)));
  const waves = [...even, ...odd].map(({ sum }) => mul(sum, sum)).reduce(add);
  const rest = code.let(sub(all, mul(waves, f32(T / 2))));
  const isSmall = code.let(below(rest, mul(all, f32(leastPart))));
  code.if(op('v128.any_true', isSmall), () => {
    const begin = even.reduce<Value>((value, { sum }) => sub(value, sum), first);
    const halves = code.let(f32(0));
    for (const t of pairs)
      parts(t).forEach((part, i) => {
        const fit = [even, odd][i].map(({ sum, at }) => mul(mul(sum, f32(2)), at(t))).reduce(add);
        const left = code.let(sub(part, fit));
        code.set(halves, add(halves, mul(left, left)));
      });
    const exact = code.let(begin);
    code.set(rest, select(isSmall, add(mul(halves, f32(0.5)), mul(exact, exact)), rest));
  });
  const root = (square: Value) => code.let(op('f32x4.sqrt', mul(square, f32(1 / T))));
  return [root(all), root(rest)];
}
