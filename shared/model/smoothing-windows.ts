import type { Constants } from '#shared/wasm/constants.ts';
import { i32, load, op, select, SimdCode, type Local } from '#shared/wasm/simd-code.ts';
import { highest, selected, type Selected } from './smoothing-compare.ts';
import { placeOf, rowsOfPair, type SmoothingLayout } from './smoothing-layout.ts';
import { Moments, type MeanAndVariance } from './smoothing-moments.ts';
import { add, div, eachFour, increase, logitOf, mul, noData, unit } from './smoothing-vectors.ts';

/**
 * The windows of four rows of one class. Counted from the first row that any of them has, the four all have the rows 3
 * to w - 1; the first two have 1 and 2 besides, the last two w and w + 1; and 0, w, 2 and w + 2 are what each has for
 * itself. So the logits of the rows that all have are merged once, those of two windows twice, and of the two lists only
 * what may count is carried on: with r logits to come and k that count, the k - r highest are certain to be among them,
 * and need no more comparing, and those below the k-th are certain not to be.
 */
export class WindowCode {
  /** (address of each pair of rows in the class, address among the results) */
  readonly code: SimdCode;
  readonly #layout: SmoothingLayout;
  readonly #constants: Constants;
  /** Function that takes the mean and variance where not all of the highest count. */
  readonly #cut: number;
  readonly #pairs: Local[];
  readonly #result: Local;

  constructor(layout: SmoothingLayout, constants: Constants, cut: number) {
    this.#layout = layout;
    this.#constants = constants;
    this.#cut = cut;
    this.code = new SimdCode(layout.pairs + 1);
    const parameters = Array.from({ length: layout.pairs + 1 }, (_, i) => this.code.let(this.code.parameter(i), 'i32'));
    this.#pairs = parameters.slice(0, -1);
    this.#result = parameters.at(-1)!;
    eachFour(this.code, layout.strip, (column) => {
      this.#four(column);
      for (const local of parameters) increase(this.code, local, 16);
    });
  }

  #four(column: Local): void {
    const { window, most } = this.#layout;
    const { code } = this;
    const at = rowsOfPair(window);
    const list = (pair: number, row: number, length: number) => this.#list(pair, row, length);
    const merged = (pair: number) => list(pair, at.merged, 2 * window);
    const own = (pair: number, row: number) => list(pair, at.sorted(row), window);
    const shared = Array.from({ length: (window - 3) / 2 }, (_, i) => merged(2 + i));
    const all = this.#select(shared[0] ?? [], shared[1] ?? [], 0, window - 3);
    const moments = new Moments(code, this.#constants).with(all.certain);
    const below = (window + 1) / 2;
    const halves = [
      { pair: 1, rows: [() => own(0, 1), () => own(below, 0)] },
      { pair: below, rows: [() => own(1, 1), () => own(below + 1, 0)] },
    ];
    halves.forEach(({ pair, rows }, half) => {
      const two = this.#select(all.ranked, merged(pair), all.certain.length, window - 1);
      const certain = [...all.certain, ...two.certain];
      const ofTwo = moments.with(two.certain);
      rows.forEach((row, i) => {
        const rest = highest(code, two.ranked, row(), most - certain.length);
        this.#posterior(2 * half + i, column, ofTwo.with(rest).result(), [...certain, ...rest]);
      });
    });
  }

  /** Selects from two lists when so many rows of a window have been seen, and so many logits found certain. */
  #select(a: readonly Local[], b: readonly Local[], found: number, rows: number): Selected {
    const { window, most } = this.#layout;
    const seen = rows * window;
    const kept = Math.min(seen, most);
    const certain = Math.min(kept, Math.max(0, most - (window ** 2 - seen)));
    return selected(this.code, a, b, certain - found, kept - found);
  }

  #list(pair: number, row: number, length: number): Local[] {
    const { rowBytes } = this.#layout;
    return Array.from({ length }, (_, rank) => this.code.let(load((row + rank) * rowBytes, this.#pairs[pair])));
  }

  /** Stores the posterior of a row as a logit, NaN without data. */
  #posterior(row: number, column: Local, full: MeanAndVariance, best: readonly Local[]): void {
    const { window, radius, most, kept, cut, rowBytes, results, classes, strip, smoothness } = this.#layout;
    const { code } = this;
    const { mean, variance } = full;
    const f32 = (value: number) => this.#constants.f32(value);
    const used = load(kept + row * rowBytes, column);
    const isCut = code.let(op('f32x4.ne', used, f32(most)));
    code.if(op('v128.any_true', isCut), () => {
      best.forEach((value, i) => code.store(cut + 16 * i, value));
      code.call(this.#cut, op('i32.add', column, i32(kept + row * rowBytes)));
      code.set(mean, select(isCut, load(cut + 16 * most), mean));
      code.set(variance, select(isCut, load(cut + 16 * (most + 1)), variance));
    });
    const [pair, which] = placeOf(row + radius);
    const own = code.let(load(rowsOfPair(window).logits(which) * rowBytes + 4 * radius, this.#pairs[pair]));
    const x = mul(logitOf(own, this.#constants), f32(1 / unit));
    const y = div(add(mul(variance, x), mul(f32(smoothness), mean)), add(variance, f32(smoothness)));
    const isMissing = op('i32x4.eq', own, this.#constants.i32(noData));
    code.store(results + row * classes * strip * 4, op('v128.or', y, isMissing), this.#result);
  }
}
