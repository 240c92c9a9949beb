import { seasonDekads } from '#shared/domain/season.ts';
import { laneOf, load, loadLane, op, select, SimdCode, type Local, type Value } from '#shared/wasm/simd-code.ts';
import type { Constants } from '#shared/wasm/constants.ts';
import { featureCount } from '../feature-names.ts';
import { add, and, below, div, higher, lower, mul, or, sub } from './arithmetic.ts';
import { interleave, type Steps } from './interleave.ts';
import { featureAt, layout, presentAt, seriesAt } from './layout.ts';
import { PeakCode } from './peak-code.ts';
import { lagFeature } from './smooth-code.ts';
import { spreadSteps } from './spread-code.ts';

const T = seasonDekads;
const later = Array.from({ length: T - 1 }, (_, i) => i + 1);

const v = (t: number): Value => load(seriesAt(0, t));

type Turn = Record<'top' | 'peak' | 'lowBefore' | 'lowAfter' | 'sum', Local>;

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

  #phenology(): void {
    const { code } = this;
    const turn = this.#peak();
    const { top, peak, lowBefore, lowAfter, sum } = turn;
    const amplitude = code.let(sub(top, lower(lowBefore, lowAfter)));
    const prominence = code.let(higher(this.#f32(0.1), mul(this.#f32(0.25), amplitude)));
    const series = { code, constants: this.#constants, v };
    // Each is one long chain of dependent steps: side by side they fill each other's waiting.
    const [[startAt, endAt], peaks, [deviation, residual]] = interleave(
      this.#season(turn),
      new PeakCode(series, prominence).steps(),
      spreadSteps(series, code.let(mul(sum, this.#f32(1 / T)))),
    );
    const [start, end] = [startAt, endAt].map((at) =>
      code.let(mul(op('f32x4.convert_i32x4_s', at), this.#f32(1 / 16))),
    );
    const [first, last] = [startAt, endAt].map((at) => this.#gather(seriesAt(0, 0), at));
    const [sumBefore, sumAfter] = [startAt, endAt].map((at) => this.#gather(layout.sums, at));
    const length = code.let(sub(end, start));
    const atLeastOne = (value: Value) => higher(this.#f32(1), value);
    const rise = code.let(sub(peak, start));
    this.#store(0, deviation);
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
    this.#store(10, residual);
    this.#store(13, sub(load(featureAt(lagFeature)), peak));
    this.#store(14, div(rise, atLeastOne(length)));
  }

  #f32(value: number): Value {
    return this.#constants.f32(value);
  }

  #store(feature: number, value: Value): void {
    this.code.store(featureAt(36 + feature), value);
  }

  /** One pass over NDVI: its maximum and where it first is, the minima on both sides of it, and the sums so far. */
  #peak(): Turn {
    const { code } = this;
    const [top, running, lowBefore, lowAfter, sum] = [0, 1, 2, 3, 4].map(() => code.let(v(0)));
    const peak = code.let(this.#f32(0));
    code.store(layout.sums, sum);
    for (const t of later) {
      const value = code.let(v(t));
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
  *#season({ top, peak, lowBefore, lowAfter }: Turn): Steps<Local[]> {
    const { code } = this;
    const half = (low: Local) => code.let(mul(add(low, top), this.#f32(0.5)));
    const [before, after] = [half(lowBefore), half(lowAfter)];
    const start = code.let(this.#constants.i32(0));
    const end = code.let(this.#constants.i32(16 * (T - 1)));
    for (const t of later) {
      const isBefore = code.let(op('f32x4.le', this.#f32(t), peak));
      const breaks = and(below(v(t - 1), before), isBefore);
      code.set(start, op('i32x4.max_s', start, and(breaks, this.#constants.i32(16 * t))));
      const holds = or(op('f32x4.le', after, v(t)), isBefore);
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
