import { seasonDekads } from '#shared/domain/season.ts';
import { op, type Local, type SimdCode, type Value } from '#shared/wasm/simd-code.ts';
import type { Constants } from '#shared/wasm/constants.ts';
import { and, below, higher, lower, or, sub } from './arithmetic.ts';
import type { Steps } from './interleave.ts';

const later = Array.from({ length: seasonDekads - 1 }, (_, i) => i + 1);

/** NDVI of four pixels, and where code about it is written. */
export interface SeriesCode {
  code: SimdCode;
  constants: Constants;
  v: (t: number) => Value;
}

/** The lowest and the highest value since the way last turned, and whether it is up. */
type Walk = Record<'low' | 'high' | 'isUp', Local>;

/**
 * The number of peaks of at least a prominence, in one pass without a search: a peak counts where the series rose by
 * as much to it from the lowest value since the last that counted, and fell by as much before it rose above it. That
 * is the definition by the lowest points on the way to higher ground, read along time; peaks of exactly the same
 * height without a deep enough valley between them count each, as there.
 */
export class PeakCode {
  readonly #series: SeriesCode;
  readonly #prominence: Local;

  constructor(series: SeriesCode, prominence: Local) {
    this.#series = series;
    this.#prominence = prominence;
  }

  *steps(): Steps<Local> {
    const { code, constants, v } = this.#series;
    const walk = this.#begin();
    const [count, isTied] = [code.let(constants.i32(0)), code.let(constants.i32(0))];
    for (const t of later) {
      const value = code.let(v(t));
      // On the way down a tie counts for nothing: the next way up begins anew.
      code.set(isTied, or(isTied, and(op('f32x4.eq', value, walk.high), walk.isUp)));
      const { falls } = this.#step(walk, value);
      code.set(count, op('i32x4.sub', count, falls));
      yield;
    }
    code.if(op('v128.any_true', isTied), () => code.set(count, this.#tied()));
    return code.let(op('f32x4.convert_i32x4_s', count));
  }

  /** The same where further peaks may be as high as the present one. */
  #tied(): Local {
    const { code, constants, v } = this.#series;
    const walk = this.#begin();
    const [count, equal] = [code.let(constants.i32(0)), code.let(constants.i32(0))];
    for (const t of later) {
      const value = code.let(v(t));
      const isHigher = code.let(below(walk.high, value));
      const isAgain = code.let(and(op('f32x4.eq', value, walk.high), below(v(t - 1), value)));
      const { falls, rises } = this.#step(walk, value);
      code.set(count, op('i32x4.add', op('i32x4.sub', count, falls), and(falls, equal)));
      code.set(equal, op('v128.andnot', op('i32x4.sub', equal, isAgain), or(isHigher, rises)));
    }
    return count;
  }

  #begin(): Walk {
    const { code, constants, v } = this.#series;
    return { low: code.let(v(0)), high: code.let(v(0)), isUp: code.let(constants.i32(0)) };
  }

  /** Goes on to the next value: where the series fell from a peak that counts, and where it rose enough for one. */
  #step({ low, high, isUp }: Walk, value: Local): { falls: Local; rises: Local } {
    const { code } = this.#series;
    const isFar = (a: Value, b: Value) => op('f32x4.ge', sub(a, b), this.#prominence);
    const falls = code.let(and(isUp, isFar(high, value)));
    code.set(low, lower(value, or(low, falls)));
    const rises = code.let(op('v128.andnot', isFar(value, low), isUp));
    code.set(high, higher(value, or(high, rises)));
    code.set(isUp, op('v128.xor', isUp, or(falls, rises)));
    return { falls, rises };
  }
}
