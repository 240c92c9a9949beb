import type { Constants } from '#shared/wasm/constants.ts';
import { i32, op, type Local, type SimdCode, type Value } from '#shared/wasm/simd-code.ts';

export const add = (a: Value, b: Value): Value => op('f32x4.add', a, b);
export const sub = (a: Value, b: Value): Value => op('f32x4.sub', a, b);
export const mul = (a: Value, b: Value): Value => op('f32x4.mul', a, b);
export const div = (a: Value, b: Value): Value => op('f32x4.div', a, b);

/**
 * Logits lie in the memory as whole numbers of 1 / `unit`, to which `offset` is added so that none is negative; no data
 * is 0. So they order as they should, 49 of them add up in 32 bits, and the squares of 49 of them in the 53 of a float64.
 */
export const unit = 1.4e6;
export const offset = 2 ** 24;
export const noData = 0;

/** Logits as float32, in units. */
export const logitOf = (value: Value, constants: Constants): Value =>
  op('f32x4.convert_i32x4_s', op('i32x4.sub', value, constants.i32(offset)));

/** Runs the body for four columns at a time. */
export function eachFour(code: SimdCode, columns: number, body: (column: Local) => void): void {
  const column = code.let(i32(0), 'i32');
  code.repeatWhile(op('i32.lt_u', column, i32(4 * columns)), () => {
    body(column);
    code.set(column, op('i32.add', column, i32(16)));
  });
}

/** Adds to a local. */
export const increase = (code: SimdCode, local: Local, by: number): void =>
  void code.set(local, op('i32.add', local, i32(by)));
