import { op, type Value } from '#shared/wasm/simd-code.ts';

export const add = (a: Value, b: Value): Value => op('f32x4.add', a, b);
export const sub = (a: Value, b: Value): Value => op('f32x4.sub', a, b);
export const mul = (a: Value, b: Value): Value => op('f32x4.mul', a, b);
export const div = (a: Value, b: Value): Value => op('f32x4.div', a, b);
export const lower = (a: Value, b: Value): Value => op('f32x4.pmin', a, b);
export const higher = (a: Value, b: Value): Value => op('f32x4.pmax', a, b);
export const below = (a: Value, b: Value): Value => op('f32x4.lt', a, b);
export const and = (a: Value, b: Value): Value => op('v128.and', a, b);
export const or = (a: Value, b: Value): Value => op('v128.or', a, b);
