import type { Constants } from '#shared/wasm/constants.ts';
import { op, type SimdCode, type Value } from '#shared/wasm/simd-code.ts';

const add = (a: Value, b: Value): Value => op('f32x4.add', a, b);
const sub = (a: Value, b: Value): Value => op('f32x4.sub', a, b);
const mul = (a: Value, b: Value): Value => op('f32x4.mul', a, b);

/** ln 2 in two parts, the higher of which times a small whole number is exact (from Cephes). */
const ln2 = [0.693359375, -2.12194440054690583e-4];
/** Adding it rounds to a whole number, which then lies in the low bits. */
const shift = 12582912;

const horner = (x: Value, coefficients: readonly number[], constants: Constants): Value =>
  coefficients.slice(1).reduce<Value>((sum, c) => add(mul(sum, x), constants.f32(c)), constants.f32(coefficients[0]));

const shifted =
  (value: Value, name: 'i32x4.shl' | 'i32x4.shr_s', bits: number): Value =>
  (code) => {
    value(code);
    code.body.i32(bits);
    code.body.do(name);
  };

/** e^x of |x| < 80: x = k ln 2 + r, then 2^k times Taylor's series of e^r to r^7, |r| < 0.35; within 2 units of the last place. */
export function exponential(code: SimdCode, constants: Constants, argument: Value): Value {
  const x = code.let(argument);
  const rounded = code.let(add(mul(x, constants.f32(Math.LOG2E)), constants.f32(shift)));
  const k = code.let(sub(rounded, constants.f32(shift)));
  const r = code.let(sub(sub(x, mul(k, constants.f32(ln2[0]))), mul(k, constants.f32(ln2[1]))));
  const factorials = [1];
  for (let n = 1; n <= 7; n++) factorials.push(factorials[n - 1] * n);
  const reversed = factorials.map((factorial) => 1 / factorial).reverse();
  return op('i32x4.add', horner(r, reversed, constants), shifted(rounded, 'i32x4.shl', 23));
}

/** The bits of the square root of a half. */
const rootHalf = 0x3f3504f3;

/** ln x of a normal x > 0: x = 2^k m with m about 1, ln m = 2 artanh((m - 1) / (m + 1)); within 2 units of the last place. */
export function logarithm(code: SimdCode, constants: Constants, argument: Value): Value {
  const x = code.let(argument);
  const exponent = code.let(shifted(op('i32x4.sub', x, constants.i32(rootHalf)), 'i32x4.shr_s', 23));
  const m = code.let(op('i32x4.sub', x, shifted(exponent, 'i32x4.shl', 23)));
  const k = code.let(op('f32x4.convert_i32x4_s', exponent));
  const s = code.let(op('f32x4.div', sub(m, constants.f32(1)), add(m, constants.f32(1))));
  const square = code.let(mul(s, s));
  const odd = [2 / 9, 2 / 7, 2 / 5, 2 / 3];
  const small = add(mul(k, constants.f32(ln2[1])), mul(mul(s, square), horner(square, odd, constants)));
  return add(mul(k, constants.f32(ln2[0])), add(add(s, s), small));
}
