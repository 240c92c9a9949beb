import { maskedSceneClasses } from '#shared/domain/bands.ts';
import { i32, load, op, select, SimdCode, type Local, type Value } from '#shared/wasm/simd-code.ts';
import { sortingNetwork } from '#shared/wasm/sorting-network.ts';
import type { Constants } from '#shared/wasm/constants.ts';
import { groupMedians, groupPixels, layout } from './layout.ts';

const bands = 6;

/**
 * Medians of one dekad of `passes` observations: (pixels, address of the dekad in the block, distance of two bands'
 * planes, and per pass the addresses of its first band and of its classes). Eight pixels at a time and, as whole numbers
 * order as their reflectances do, on uint16: a digital number is set to 0 where the class hides the ground or a band
 * lacks data, the `passes` numbers of a band are sorted by a network, and of the `count` that are above 0 the two middle
 * ones are added up: twice the median, 0 where there is none. The sum is right where no number has its highest bit set,
 * which `layout.higher` tells.
 */
export function compositeCode(passes: number, constants: Constants): SimdCode {
  const code = new SimdCode(3 + 2 * passes);
  const [pixels, target, stride] = [0, 1, 2].map(code.parameter);
  const numbersAt = Array.from({ length: passes }, (_, i) => code.parameter(3 + 2 * i));
  const classesAt = Array.from({ length: passes }, (_, i) => code.parameter(4 + 2 * i));
  const pixel = code.let(i32(0), 'i32');
  const higher = code.let(constants.i16(0));
  code.repeatWhile(op('i32.lt_u', pixel, pixels), () => {
    const planes = numbersAt.map((first) => {
      const addresses = [first];
      while (addresses.length < bands) addresses.push(code.let(op('i32.add', addresses.at(-1)!, stride), 'i32'));
      return addresses;
    });
    const hidden = planes.map((addresses, i) => {
      const numbers = addresses.map((at) => load(0, at));
      return code.let(hiddenIn(numbers, classesAt[i], constants));
    });
    const count = code.let(hidden.reduce<Value>((sum, mask) => op('i16x8.add', sum, mask), constants.i16(passes)));
    const counted = Array.from({ length: passes }, (_, c) => code.let(op('i16x8.eq', count, constants.i16(c))));
    for (let band = 0; band < bands; band++) {
      const sorted = hidden.map((mask, i) => code.let(op('v128.andnot', load(0, planes[i][band]), mask)));
      for (const [a, b] of sortingNetwork(passes)) exchange(code, sorted, a, b);
      const { low, high } = middle(code, sorted, counted);
      code.set(higher, op('v128.or', higher, high));
      code.store(16 * band, op('i16x8.add', low, high), target);
    }
    for (const at of numbersAt) code.set(at, op('i32.add', at, i32(2 * groupPixels)));
    for (const at of classesAt) code.set(at, op('i32.add', at, i32(groupPixels)));
    code.set(pixel, op('i32.add', pixel, i32(groupPixels)));
    code.set(target, op('i32.add', target, i32(groupMedians)));
  });
  code.store(layout.higher, higher);
  return code;
}

/**
 * All bits of a pixel's 16 where a pass does not see the ground. A class above 15 hides nothing.
 *
 * @param numbers by band
 * @param classesAt address of the classes
 */
export function hiddenIn(numbers: readonly Value[], classesAt: Local, constants: Constants): Value {
  const hiddenClasses = constants.bytes(
    Array.from({ length: 16 }, (_, c) => (maskedSceneClasses.includes(c) ? 255 : 0)),
  );
  const classes = load(0, classesAt, 'v128.load64_zero');
  const mask = op('i16x8.extend_low_i8x16_s', op('i8x16.swizzle', hiddenClasses, classes));
  const least = numbers.reduce((a, b) => op('i16x8.min_u', a, b));
  return op('v128.or', mask, op('i16x8.eq', least, constants.i16(0)));
}

function exchange(code: SimdCode, values: Local[], a: number, b: number): void {
  const low = code.let(op('i16x8.min_u', values[a], values[b]));
  code.set(values[b], op('i16x8.max_u', values[a], values[b]));
  values[a] = low;
}

/** The two middle ones of the `count` highest, per pixel; `counted[c]` says where the count is c. */
function middle(code: SimdCode, sorted: readonly Local[], counted: readonly Local[]): { low: Local; high: Local } {
  const n = sorted.length;
  const pick = (rank: (count: number) => number) => {
    const ranked = (count: number) => sorted[n - count + rank(count)];
    let value: Value = ranked(n);
    for (let c = n - 1; c >= 1; c--) if (ranked(c) !== ranked(n)) value = select(counted[c], ranked(c), value);
    return code.let(value);
  };
  return { low: pick((count) => (count - 1) >> 1), high: pick((count) => count >> 1) };
}

/** A dekad without observations: (pixels, address of the dekad in the block, a distance that does not matter). */
export function missingCode(constants: Constants): SimdCode {
  const code = new SimdCode(3);
  const [pixels, target] = [code.parameter(0), code.parameter(1)];
  const pixel = code.let(i32(0), 'i32');
  code.repeatWhile(op('i32.lt_u', pixel, pixels), () => {
    for (let at = 0; at < groupMedians; at += 16) code.store(at, constants.i16(0), target);
    code.set(pixel, op('i32.add', pixel, i32(groupPixels)));
    code.set(target, op('i32.add', target, i32(groupMedians)));
  });
  code.store(layout.higher, constants.i16(0));
  return code;
}
