import { describe, expect, test } from 'vitest';
import { FunctionCode, type ValueType } from './function-code.ts';
import { instantiate } from './instance.ts';
import { scalarOpcodes, vectorOpcodes, type Instruction } from './opcodes.ts';
import { WasmModule } from './wasm-module.ts';

const roomBytes = 256;
const inputs = [0, 32, 64];
const result = 128;

/** What the engine makes of instructions: the memory behind `result`, the operands being vectors in memory. */
function ran(write: (code: FunctionCode) => void, operands: readonly ArrayBufferView[] = []): ArrayBuffer {
  const code = new FunctionCode();
  write(code);
  const module = new WasmModule();
  module.add(code, 'run');
  const { memory, exports } = instantiate(module.compile(roomBytes), roomBytes);
  operands.forEach(({ buffer }, i) => new Uint8Array(memory).set(new Uint8Array(buffer as ArrayBuffer), inputs[i]));
  exports.run();
  return memory.slice(result, result + 16);
}

/** A vector instruction of vectors in memory. */
const vector = (name: Instruction, operands: readonly ArrayBufferView[], shift?: number): ArrayBuffer =>
  ran((code) => {
    code.i32(0);
    operands.forEach((_, i) => code.i32(0).at('v128.load', inputs[i]));
    if (shift !== undefined) code.i32(shift);
    code.do(name).at('v128.store', result);
  }, operands);

const f32 = (...values: number[]) => Float32Array.from(values);
const f64 = (...values: number[]) => Float64Array.from(values);
const i32 = (...values: number[]) => Int32Array.from(values);
const i16 = (...values: number[]) => Int16Array.from(values);
const i64 = (...values: bigint[]) => BigInt64Array.from(values);
const bytes = (...values: number[]) => Uint8Array.from(values);

const [a, b] = [f32(1.5, -2.25, NaN, 8), f32(1.5, 3, 4, -0.5)];
const [c, d] = [f64(1.5, -2.25), f64(1.5, 3)];
const [m, n] = [i32(7, -8, 2 ** 31 - 1, 5), i32(7, 3, 1, -6)];
const [p, q] = [i16(1, -2, 3, -4, 300, -600, 7, 8), i16(1, 2, -3, 4, 5, -600, 70, 80)];
const [u, v] = [i64(5n, -9n), i64(7n, 2n ** 40n)];
const [x, y, z] = [i32(0x0f0f, -1, 0, 0x1234), i32(0x00ff, 0x55, -1, 0x4321), i32(0xff00, 0x0f, -1, 0x00f0)];
const each = <T, R>(left: Iterable<T>, right: Iterable<T>, of: (left: T, right: T) => R): R[] => {
  const others = [...right];
  return [...left].map((value, i) => of(value, others[i]));
};
const truth = (is: boolean): number => (is ? -1 : 0);
const f32Of = (of: (l: number, r: number) => number) => f32(...each(a, b, of));
const f64Of = (of: (l: number, r: number) => number) => f64(...each(c, d, of));
const i32Of = (of: (l: number, r: number) => number) => i32(...each(m, n, of));
const i16Of = (of: (l: number, r: number) => number) => i16(...each(p, q, of));
const f32Is = (of: (l: number, r: number) => boolean) => i32(...each(a, b, (l, r) => truth(of(l, r))));
const f64Is = (of: (l: number, r: number) => boolean) => i64(...each(c, d, (l, r) => BigInt(truth(of(l, r)))));
const i32Is = (of: (l: number, r: number) => boolean) => i32(...each(m, n, (l, r) => truth(of(l, r))));

/** Name, operands, what the specification says by JavaScript's own arithmetic, and by how much is shifted. */
const vectorCases: [Instruction, readonly ArrayBufferView[], ArrayBufferView, number?][] = [
  ['f32x4.add', [a, b], f32Of((l, r) => l + r)],
  ['f32x4.sub', [a, b], f32Of((l, r) => l - r)],
  ['f32x4.mul', [a, b], f32Of((l, r) => l * r)],
  ['f32x4.div', [a, b], f32Of((l, r) => l / r)],
  ['f32x4.pmin', [a, b], f32Of((l, r) => (r < l ? r : l))],
  ['f32x4.pmax', [a, b], f32Of((l, r) => (l < r ? r : l))],
  ['f32x4.eq', [a, b], f32Is((l, r) => l === r)],
  ['f32x4.ne', [a, b], f32Is((l, r) => l !== r)],
  ['f32x4.lt', [a, b], f32Is((l, r) => l < r)],
  ['f32x4.gt', [a, b], f32Is((l, r) => l > r)],
  ['f32x4.le', [a, b], f32Is((l, r) => l <= r)],
  ['f32x4.ge', [a, b], f32Is((l, r) => l >= r)],
  ['f32x4.abs', [a], a.map(Math.abs)],
  ['f32x4.ceil', [a], a.map(Math.ceil)],
  ['f32x4.sqrt', [b.map(Math.abs)], b.map((value) => Math.sqrt(Math.abs(value)))],
  ['f64x2.add', [c, d], f64Of((l, r) => l + r)],
  ['f64x2.sub', [c, d], f64Of((l, r) => l - r)],
  ['f64x2.mul', [c, d], f64Of((l, r) => l * r)],
  ['f64x2.div', [c, d], f64Of((l, r) => l / r)],
  ['f64x2.pmin', [c, d], f64Of(Math.min)],
  ['f64x2.pmax', [c, d], f64Of(Math.max)],
  ['f64x2.eq', [c, d], f64Is((l, r) => l === r)],
  ['f64x2.ne', [c, d], f64Is((l, r) => l !== r)],
  ['f64x2.lt', [c, d], f64Is((l, r) => l < r)],
  ['f64x2.gt', [c, d], f64Is((l, r) => l > r)],
  ['f64x2.ge', [c, d], f64Is((l, r) => l >= r)],
  ['f64x2.ceil', [c], c.map(Math.ceil)],
  ['f64x2.promote_low_f32x4', [a], f64(1.5, -2.25)],
  ['f32x4.demote_f64x2_zero', [f64(0.1, -2.25)], f32(0.1, -2.25, 0, 0)],
  ['i32x4.add', [m, n], i32Of((l, r) => l + r)],
  ['i32x4.sub', [m, n], i32Of((l, r) => l - r)],
  ['i32x4.min_s', [m, n], i32Of(Math.min)],
  ['i32x4.max_s', [m, n], i32Of(Math.max)],
  ['i32x4.min_u', [m, n], i32Of((l, r) => Math.min(l >>> 0, r >>> 0))],
  ['i32x4.eq', [m, n], i32Is((l, r) => l === r)],
  ['i32x4.lt_s', [m, n], i32Is((l, r) => l < r)],
  ['i32x4.gt_s', [m, n], i32Is((l, r) => l > r)],
  ['i32x4.shl', [m], m.map((value) => value << 3), 3],
  ['i32x4.shr_s', [m], m.map((value) => value >> 2), 2],
  ['i32x4.trunc_sat_f32x4_s', [a], i32(1, -2, 0, 8)],
  ['f32x4.convert_i32x4_s', [m], f32(7, -8, 2 ** 31, 5)],
  ['i32x4.extend_low_i16x8_s', [p], i32(1, -2, 3, -4)],
  ['i32x4.extend_high_i16x8_s', [p], i32(300, -600, 7, 8)],
  ['i32x4.extend_low_i16x8_u', [p], i32(1, 65534, 3, 65532)],
  ['i32x4.extend_high_i16x8_u', [p], i32(300, 64936, 7, 8)],
  ['i16x8.add', [p, q], i16Of((l, r) => l + r)],
  ['i16x8.sub', [p, q], i16Of((l, r) => l - r)],
  ['i16x8.sub_sat_u', [p, q], i16Of((l, r) => Math.max(0, (l & 0xffff) - (r & 0xffff)))],
  ['i16x8.shl', [p], p.map((value) => value << 3), 3],
  ['i16x8.shr_u', [p], p.map((value) => (value & 0xffff) >> 2), 2],
  ['i16x8.eq', [p, q], i16Of((l, r) => truth(l === r))],
  ['i16x8.min_u', [p, q], i16Of((l, r) => Math.min(l & 0xffff, r & 0xffff))],
  ['i16x8.max_u', [p, q], i16Of((l, r) => Math.max(l & 0xffff, r & 0xffff))],
  ['i16x8.extend_low_i8x16_s', [bytes(1, 255, 128, 127, 0, 2, 3, 254)], i16(1, -1, -128, 127, 0, 2, 3, -2)],
  ['i16x8.narrow_i32x4_s', [m, n], i16(7, -8, 32767, 5, 7, 3, 1, -6)],
  ['i8x16.narrow_i16x8_s', [p, q], Int8Array.of(1, -2, 3, -4, 127, -128, 7, 8, 1, 2, -3, 4, 5, -128, 70, 80)],
  [
    'i8x16.swizzle',
    [bytes(...Array(16).keys()), bytes(15, 3, 16, 255, ...Array<number>(12).fill(1))],
    bytes(15, 3, 0, 0, ...Array<number>(12).fill(1)),
  ],
  ['i64x2.add', [u, v], i64(12n, 2n ** 40n - 9n)],
  ['i64x2.sub', [u, v], i64(-2n, -(2n ** 40n) - 9n)],
  ['i64x2.shl', [u], i64(40n, -72n), 3],
  ['i64x2.shr_s', [u], i64(2n, -5n), 1],
  ['i64x2.shr_u', [u], i64(2n, 2n ** 63n - 5n), 1],
  ['v128.and', [x, y], i32(...each(x, y, (l, r) => l & r))],
  ['v128.andnot', [x, y], i32(...each(x, y, (l, r) => l & ~r))],
  ['v128.or', [x, y], i32(...each(x, y, (l, r) => l | r))],
  ['v128.xor', [x, y], i32(...each(x, y, (l, r) => l ^ r))],
  ['v128.not', [x], x.map((value) => ~value)],
  ['v128.bitselect', [x, y, z], i32(...[0, 1, 2, 3].map((i) => (x[i] & z[i]) | (y[i] & ~z[i])))],
];

const same = (found: ArrayBuffer, expected: ArrayBufferView) =>
  expect(Buffer.from(found).equals(Buffer.from(expected.buffer))).toBe(true);

describe('a vector instruction does what its name says', () => {
  test.each(vectorCases)('%s', (name, operands, expected, shift) => {
    if (name.startsWith('f32x4.')) return compareFloats(vector(name, operands, shift), expected);
    same(vector(name, operands, shift), expected);
  });

  /** A NaN may have any bits. */
  function compareFloats(found: ArrayBuffer, expected: ArrayBufferView): void {
    if (expected instanceof Float32Array) expect([...new Float32Array(found)]).toEqual([...expected]);
    else same(found, expected);
  }
});

type Push = (code: FunctionCode) => void;
const I =
  (value: number): Push =>
  (code) =>
    void code.i32(value);
const L =
  (value: number): Push =>
  (code) =>
    void code.i64(value);
const F =
  (value: number): Push =>
  (code) =>
    void code.f32(value);
const D =
  (value: number): Push =>
  (code) =>
    void code.f64(value);
/** The vector in memory. */
const V: Push = (code) => void code.i32(0).at('v128.load', inputs[0]);

/** The value that is pushed, by splats of its type. */
function valueOf(type: ValueType, write: Push): number {
  const found = ran(
    (code) => {
      code.i32(0);
      write(code);
      if (type === 'i64') code.do('f64.reinterpret_i64');
      code.do(type === 'i32' ? 'i32x4.splat' : type === 'f32' ? 'f32x4.splat' : 'f64x2.splat');
      code.at('v128.store', result);
    },
    [i32(-1, 5, -7, 0)],
  );
  if (type === 'i32') return new Int32Array(found)[3];
  if (type === 'f32') return new Float32Array(found)[3];
  return type === 'f64' ? new Float64Array(found)[1] : Number(new BigInt64Array(found)[1]);
}

/** Name, operands, type and value of the result. */
const scalarCases: [Instruction, Push[], ValueType, number][] = [
  ['i32.eqz', [I(0)], 'i32', 1],
  ['i32.lt_u', [I(1), I(-1)], 'i32', 1],
  ['i32.gt_s', [I(1), I(-1)], 'i32', 1],
  ['i32.popcnt', [I(0x7001)], 'i32', 4],
  ['i32.add', [I(5), I(-7)], 'i32', -2],
  ['i32.sub', [I(5), I(-7)], 'i32', 12],
  ['i32.mul', [I(5), I(-7)], 'i32', -35],
  ['i32.and', [I(12), I(10)], 'i32', 8],
  ['i32.shl', [I(3), I(4)], 'i32', 48],
  ['i32.shr_u', [I(-1), I(28)], 'i32', 15],
  ['i32.wrap_i64', [L(-3)], 'i32', -3],
  ['select', [I(11), I(22), I(0)], 'i32', 22],
  ['f32.ne', [F(1), F(NaN)], 'i32', 1],
  ['f32.lt', [F(1), F(2)], 'i32', 1],
  ['f32.gt', [F(2), F(1)], 'i32', 1],
  ['f32.le', [F(2), F(2)], 'i32', 1],
  ['f64.lt', [D(1), D(2)], 'i32', 1],
  ['i32x4.bitmask', [V], 'i32', 5],
  ['v128.any_true', [V], 'i32', 1],
  ['f32.abs', [F(-2.5)], 'f32', 2.5],
  ['f32.neg', [F(2.5)], 'f32', -2.5],
  ['f32.add', [F(2.5), F(1)], 'f32', 3.5],
  ['f32.sub', [F(2.5), F(1)], 'f32', 1.5],
  ['f32.mul', [F(2.5), F(3)], 'f32', 7.5],
  ['f32.div', [F(2.5), F(2)], 'f32', 1.25],
  ['f32.demote_f64', [D(0.1)], 'f32', Math.fround(0.1)],
  ['f64.add', [D(0.1), D(0.2)], 'f64', 0.1 + 0.2],
  ['f64.sub', [D(0.3), D(0.1)], 'f64', 0.3 - 0.1],
  ['f64.mul', [D(0.1), D(3)], 'f64', 0.1 * 3],
  ['f64.promote_f32', [F(0.1)], 'f64', Math.fround(0.1)],
  ['i64.add', [L(5), L(-7)], 'i64', -2],
  ['i64.shl', [L(3), L(4)], 'i64', 48],
  ['i64.reinterpret_f64', [D(5e-324)], 'i64', 1],
  ['f64.reinterpret_i64', [L(1)], 'f64', 5e-324],
  ['i32x4.splat', [I(-7)], 'i32', -7],
  ['f32x4.splat', [F(2.5)], 'f32', 2.5],
  ['f64x2.splat', [D(0.1)], 'f64', 0.1],
];

describe('a scalar instruction does what its name says', () => {
  test.each(scalarCases)('%s', (name, operands, type, expected) => {
    const write: Push = (code) => {
      for (const operand of operands) operand(code);
      // A splat is what reads the value anyway.
      if (!name.endsWith('.splat')) code.do(name);
    };
    expect(valueOf(type, write)).toBe(expected);
  });
});

test('every instruction is tried', () => {
  const tried = new Set([...vectorCases, ...scalarCases].map(([name]) => name));
  const all = [...Object.keys(scalarOpcodes), ...Object.keys(vectorOpcodes)] as Instruction[];
  // Functions and loops end by it.
  expect(all.filter((name) => !tried.has(name))).toEqual(['end']);
});

test('loads and stores', () => {
  const input = bytes(0, 0, 0x20, 0xc0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xf0, 0x3f);
  const stored = (write: Push) => ran(write, [input]);
  const vectors: [Parameters<FunctionCode['at']>[0], ArrayBufferView][] = [
    ['v128.load', input],
    ['v128.load32_splat', f32(-2.5, -2.5, -2.5, -2.5)],
    ['v128.load32_zero', f32(-2.5, 0, 0, 0)],
    ['v128.load64_zero', f32(-2.5, 0, 0, 0)],
  ];
  for (const [name, expected] of vectors)
    same(
      stored((code) => code.i32(0).i32(0).at(name).at('v128.store', result)),
      expected,
    );
  expect(valueOf('i32', (code) => code.i32(3).at('i32.load8_u', inputs[0]))).toBe(0xff);
  const pieces = new DataView(
    stored((code) => {
      code.i32(result).i32(0).at('f32.load').at('f32.store', 4);
      code.i32(result).i32(0x1ff).at('i32.store8', 1);
      code.i32(result).i32(0).at('v128.load').laneAt('v128.store32_lane', 3, 8);
    }),
  );
  expect([0, 4, 8, 12].map((at) => pieces.getUint32(at, true))).toEqual([0xff00, 0xc0200000, 0x3ff00000, 0]);
  const lanes = stored((code) => {
    code.i32(0).i32(0).v128(1).laneAt('v128.load32_lane', 2).at('v128.store', result);
  });
  expect([...new Uint32Array(lanes)]).toEqual([0x1010101, 0x1010101, 0xc0200000, 0x1010101]);
  expect(valueOf('i64', (code) => code.i32(0).at('i64.load', 8))).toBe(2 ** 32 - 7);
});
