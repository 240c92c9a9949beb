import { seasonDekads } from '#shared/domain/season.ts';
import { featureCount } from '../feature-names.ts';
import { laneOf, load, loadLane, op, select, SimdCode, type Local, type Value } from '#shared/wasm/simd-code.ts';
import type { Constants } from '#shared/wasm/constants.ts';
import { featureAt, layout, presentAt, seriesAt } from './layout.ts';
import { lagFeature } from './series-code.ts';

const T = seasonDekads;

const add = (a: Value, b: Value): Value => op('f32x4.add', a, b);
const sub = (a: Value, b: Value): Value => op('f32x4.sub', a, b);
const mul = (a: Value, b: Value): Value => op('f32x4.mul', a, b);
const div = (a: Value, b: Value): Value => op('f32x4.div', a, b);
const lower = (a: Value, b: Value): Value => op('f32x4.pmin', a, b);
const higher = (a: Value, b: Value): Value => op('f32x4.pmax', a, b);
const and = (a: Value, b: Value): Value => op('v128.and', a, b);
const or = (a: Value, b: Value): Value => op('v128.or', a, b);
const below = (a: Value, b: Value): Value => op('f32x4.lt', a, b);
const later = Array.from({ length: T - 1 }, (_, i) => i + 1);

/**
 * Features 37 to 51 of four pixels from their filled and smoothed NDVI, but for the maxima of other series; all 51 are
 * NaN where fewer than `minDekads` dekads are present.
 *
 * Two turns of phrase save most of the selections: a mask of all bits is NaN, and `pmin(x, NaN)` and `pmax(x, NaN)` are
 * x, so that `pmin(x, low | mask)` restarts a running minimum at x where the mask is set; and dekads are whole numbers
 * times 16, the address of their vector.
 */
export class FeatureCode {
  readonly code = new SimdCode(0);
  readonly #constants: Constants;

  constructor(constants: Constants, minDekads: number) {
    this.#constants = constants;
    this.#phenology();
    this.#dropUnseen(minDekads);
  }

  #f32(value: number): Value {
    return this.#constants.f32(value);
  }

  #v(t: number): Value {
    return load(seriesAt(0, t));
  }

  #store(feature: number, value: Value): void {
    this.code.store(featureAt(36 + feature), value);
  }

  #phenology(): void {
    const { code } = this;
    const turn = this.#peak();
    const { top, peak, lowBefore, lowAfter, sum } = turn;
    const amplitude = code.let(sub(top, lower(lowBefore, lowAfter)));
    const prominence = code.let(higher(this.#f32(0.1), mul(this.#f32(0.25), amplitude)));
    // Each is one long chain of dependent steps: side by side they fill each other's waiting.
    const [[startAt, endAt], peaks] = interleave(
      this.#season(turn),
      this.#peaks(prominence),
      this.#spread(code.let(mul(sum, this.#f32(1 / T)))),
    );
    const [start, end] = [startAt, endAt].map((at) =>
      code.let(mul(op('f32x4.convert_i32x4_s', at), this.#f32(1 / 16))),
    );
    const [first, last] = [startAt, endAt].map((at) => this.#gather(seriesAt(0, 0), at));
    const [sumBefore, sumAfter] = [startAt, endAt].map((at) => this.#gather(layout.sums, at));
    const length = code.let(sub(end, start));
    const atLeastOne = (value: Value) => higher(this.#f32(1), value);
    const rise = code.let(sub(peak, start));
    this.#store(1, amplitude);
    this.#store(2, peak);
    this.#store(3, start);
    this.#store(4, end);
    this.#store(5, length);
    // Trapezoid rule: what the sums up to the two ends differ by, and half of the difference of the ends.
    this.#store(6, add(sub(sumAfter, sumBefore), mul(sub(first, last), this.#f32(0.5))));
    this.#store(7, div(sub(top, first), atLeastOne(rise)));
    this.#store(8, div(sub(last, top), atLeastOne(sub(end, peak))));
    this.#store(9, peaks);
    this.#store(13, sub(load(featureAt(lagFeature)), peak));
    this.#store(14, div(rise, atLeastOne(length)));
  }

  /** One pass over NDVI: its maximum and where it first is, the minima on both sides of it, and the sums so far. */
  #peak() {
    const { code } = this;
    const [top, running, lowBefore, lowAfter, sum] = [0, 1, 2, 3, 4].map(() => code.let(this.#v(0)));
    const peak = code.let(this.#f32(0));
    code.store(layout.sums, sum);
    for (const t of later) {
      const value = code.let(this.#v(t));
      const isHigher = code.let(below(top, value));
      code.set(running, lower(running, value));
      code.set(top, higher(top, value));
      code.set(peak, higher(peak, and(isHigher, this.#f32(t))));
      code.set(lowBefore, select(isHigher, running, lowBefore));
      code.set(lowAfter, lower(value, or(lowAfter, isHigher)));
      code.set(sum, add(sum, value));
      code.store(layout.sums + 16 * t, sum);
    }
    return { top, peak, lowBefore, lowAfter, sum };
  }

  /** Start and end of the season, 16 to a dekad: next to the last dekad below half of the way, seen from the peak. */
  *#season({ top, peak, lowBefore, lowAfter }: Turn): Generator<undefined, Local[]> {
    const { code } = this;
    const half = (low: Local) => code.let(mul(add(low, top), this.#f32(0.5)));
    const [before, after] = [half(lowBefore), half(lowAfter)];
    const start = code.let(this.#constants.i32(0));
    const end = code.let(this.#constants.i32(16 * (T - 1)));
    for (const t of later) {
      const breaks = and(below(this.#v(t - 1), before), below(this.#f32(t - 1), peak));
      code.set(start, op('i32x4.max_s', start, and(breaks, this.#constants.i32(16 * t))));
      const holds = or(op('f32x4.le', after, this.#v(t)), op('f32x4.le', this.#f32(t), peak));
      code.set(end, op('i32x4.min_u', end, or(holds, this.#constants.i32(16 * (t - 1)))));
      yield;
    }
    return [start, end];
  }

  /** Of each pixel the value at its own dekad, 16 to a dekad, of vectors that begin at `address`. */
  #gather(address: number, dekad: Local): Local {
    const { code } = this;
    const value = code.let(this.#constants.i32(0));
    for (let lane = 0; lane < 4; lane++)
      code.set(value, loadLane(address + 4 * lane, laneOf(dekad, lane), value, lane));
    return value;
  }

  /**
   * Standard deviation, and the RMSE that two harmonics leave. About the middle of the 27 dekads cosines are even and
   * sines are odd, so that a series is taken apart into its halves: for t = 1..13, (v[t] + v[27 - t]) / 2 less the mean
   * and (v[t] - v[27 - t]) / 2. Their squares count twice.
   */
  *#spread(mean: Local): Generator<undefined, void> {
    const { code } = this;
    const half = this.#f32(0.5);
    const first = code.let(sub(this.#v(0), mean));
    const [squares, rest] = [code.let(this.#f32(0)), code.let(this.#f32(0))];
    const [even, odd] = [Math.cos, Math.sin].map((wave) =>
      [1, 2].map((k) => ({
        sum: code.let(this.#f32(0)),
        at: (t: number) => this.#f32(wave((2 * Math.PI * k * t) / T)),
      })),
    );
    const pairs = later.slice(0, 13);
    for (const t of pairs) {
      const [a, b] = [code.let(mul(this.#v(t), half)), code.let(mul(this.#v(T - t), half))];
      const parts = [code.let(sub(add(a, b), mean)), code.let(sub(a, b))];
      code.store(layout.halves + 32 * t, parts[0]);
      code.store(layout.halves + 32 * t + 16, parts[1]);
      parts.forEach((part, i) => {
        code.set(squares, add(squares, mul(part, part)));
        for (const { sum, at } of [even, odd][i]) code.set(sum, add(sum, mul(part, at(t))));
      });
      yield;
    }
    const root = (twice: Value, once: Value) =>
      op('f32x4.sqrt', mul(add(mul(twice, this.#f32(2)), mul(once, once)), this.#f32(1 / T)));
    this.#store(0, root(squares, first));
    for (const { sum } of odd) code.set(sum, mul(sum, this.#f32(4 / T)));
    for (const { sum } of even) code.set(sum, mul(add(mul(sum, this.#f32(2)), first), this.#f32(2 / T)));
    for (const t of pairs) {
      [even, odd].forEach((waves, i) => {
        const part = load(layout.halves + 32 * t + 16 * i);
        const left = code.let(waves.reduce((value, { sum, at }) => sub(value, mul(sum, at(t))), part));
        code.set(rest, add(rest, mul(left, left)));
      });
      yield;
    }
    this.#store(10, root(rest, code.let(even.reduce<Value>((value, { sum }) => sub(value, sum), first))));
  }

  /**
   * The number of peaks of at least a prominence, in one pass without a search: a peak counts where the series rose by
   * as much to it from the lowest value since the last that counted, and fell by as much before it rose above it. That
   * is the definition by the lowest points on the way to higher ground, read along time; peaks of exactly the same
   * height without a deep enough valley between them count each, as there.
   */
  *#peaks(prominence: Local): Generator<undefined, Value> {
    const { code } = this;
    const zero = this.#constants.i32(0);
    const [low, high] = [code.let(this.#v(0)), code.let(this.#v(0))];
    /** Peaks that count; further peaks as high as the present one; whether the way is up. */
    const [count, equal, isUp] = [code.let(zero), code.let(zero), code.let(zero)];
    for (const t of later) {
      const value = code.let(this.#v(t));
      const falls = code.let(and(isUp, op('f32x4.ge', sub(high, value), prominence)));
      code.set(low, lower(value, or(low, falls)));
      const rises = code.let(op('v128.andnot', op('f32x4.ge', sub(value, low), prominence), isUp));
      code.set(count, add32(op('i32x4.sub', count, falls), and(falls, equal)));
      const isAgain = and(op('f32x4.eq', value, high), below(this.#v(t - 1), value));
      const isNew = or(below(high, value), rises);
      code.set(equal, op('v128.andnot', op('i32x4.sub', equal, isAgain), isNew));
      code.set(high, higher(value, or(high, rises)));
      code.set(isUp, op('v128.xor', isUp, or(falls, rises)));
      yield;
    }
    return op('f32x4.convert_i32x4_s', count);
  }

  #dropUnseen(minDekads: number): void {
    const { code } = this;
    const count = code.let(this.#constants.i32(0));
    for (let t = 0; t < T; t++) code.set(count, op('i32x4.sub', count, load(presentAt(t))));
    const isUnseen = code.let(op('i32x4.lt_s', count, this.#constants.i32(minDekads)));
    code.if(op('v128.any_true', isUnseen), () => {
      for (let feature = 0; feature < featureCount; feature++)
        code.store(featureAt(feature), or(load(featureAt(feature)), isUnseen));
    });
  }
}

type Turn = Record<'top' | 'peak' | 'lowBefore' | 'lowAfter', Local>;

/** Runs generators in turns to their ends and returns what they return. */
function interleave<R extends unknown[]>(...steps: { [K in keyof R]: Generator<undefined, R[K]> }): R {
  const results: unknown[] = steps.map(() => undefined);
  const open = new Set<number>(steps.keys());
  while (open.size > 0)
    for (const i of open) {
      const { done, value } = steps[i].next();
      if (!done) continue;
      results[i] = value;
      open.delete(i);
    }
  return results as R;
}

const add32 = (a: Value, b: Value): Value => op('i32x4.add', a, b);
