import type { Constants } from '#shared/wasm/constants.ts';
import { load, op, shuffleLanes, SimdCode, type Local, type Value } from '#shared/wasm/simd-code.ts';
import { sortingNetwork } from '#shared/wasm/sorting-network.ts';
import { compared } from './smoothing-compare.ts';
import { placeOf, rowsAtOnce, type SmoothingLayout } from './smoothing-layout.ts';
import { add, div, eachFour, increase, logitOf, mul, sub, unit } from './smoothing-vectors.ts';

/**
 * Mean and variance of so many of the highest logits as count in each window, of those that are stored in `cut`:
 * (address of how many count).
 */
export function cutCode({ most, cut }: SmoothingLayout, constants: Constants): SimdCode {
  const code = new SimdCode(1);
  const f32 = (value: number) => constants.f32(value);
  const used = code.let(load(0, code.parameter(0)));
  const best = Array.from({ length: most }, (_, i) => code.let(load(cut + 16 * i)));
  const sorted = compared(code, best, sortingNetwork(most)).map((value) => code.let(logitOf(value, constants)));
  const [mean, variance] = [0, 1].map(() => code.let(f32(0)));
  const averageInto = (sum: Local, term: (value: Local) => Value) => {
    sorted.forEach((value, i) => code.set(sum, add(sum, op('v128.and', term(value), op('f32x4.lt', f32(i), used)))));
    code.set(sum, div(sum, used));
  };
  averageInto(mean, (value) => value);
  averageInto(variance, (value) => {
    const difference = code.let(sub(value, mean));
    return mul(difference, difference);
  });
  code.store(cut + 16 * most, mul(mean, f32(1 / unit)));
  code.store(cut + 16 * (most + 1), mul(variance, f32(1 / unit ** 2)));
  return code;
}

/** How many of the highest logits count in the windows of four rows: (address of the counts of each pair of rows). */
export function keptCode(layout: SmoothingLayout, constants: Constants): SimdCode {
  const { window, strip, pairs, rowBytes, kept, fraction } = layout;
  const code = new SimdCode(pairs);
  const addresses = Array.from({ length: pairs }, (_, i) => code.let(code.parameter(i), 'i32'));
  const present = (row: number) => {
    const [pair, which] = placeOf(row);
    return load(which * rowBytes, addresses[pair]);
  };
  eachFour(code, strip, (column) => {
    for (let row = 0; row < rowsAtOnce; row++) {
      const counts = Array.from({ length: window }, (_, i) => present(row + i));
      const sum = counts.reduce((a, b) => op('i32x4.add', a, b));
      const count = code.let(op('f32x4.convert_i32x4_s', sum));
      code.store(kept + row * rowBytes, shareOf(count, constants.f64(fraction)), column);
    }
    for (const address of addresses) increase(code, address, 16);
  });
  return code;
}

/** Of counts the smallest whole numbers that are not below a share: in float64, for a product may be next to one. */
function shareOf(count: Local, share: Value): Value {
  const half = (first: number) => {
    const two = shuffleLanes(count, count, [first, first + 1, first, first + 1]);
    const product = op('f64x2.mul', share, op('f64x2.promote_low_f32x4', two));
    return op('f32x4.demote_f64x2_zero', op('f64x2.ceil', product));
  };
  return shuffleLanes(half(0), half(2), [0, 1, 4, 5]);
}
