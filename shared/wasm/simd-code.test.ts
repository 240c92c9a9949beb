import { expect, test } from 'vitest';
import { Constants } from './constants.ts';
import { FunctionCode } from './function-code.ts';
import { instantiate, pagesOf } from './instance.ts';
import { i32, laneOf, load, loadLane, op, select, shuffleLanes, SimdCode } from './simd-code.ts';
import { WasmModule } from './wasm-module.ts';

const bytes = 4096;

/** Runs a function of a module with a memory that starts with 0, 1, 2, ... as float32. */
function ran(code: SimdCode, ...values: number[]): Float32Array {
  const module = new WasmModule();
  module.add(code, 'run');
  const { memory, exports } = instantiate(module.compile(bytes), bytes);
  const floats = new Float32Array(memory);
  for (let i = 0; i < 64; i++) floats[i] = i;
  exports.run(...values);
  return floats;
}

test('statements of values: a loop, a condition and a store', () => {
  // Adds up 16 bytes after 16 bytes of as many vectors as it is told to, but for the third.
  const code = new SimdCode(1);
  const [at, sum] = [code.let(i32(0), 'i32'), code.let(load(1024))];
  code.repeatWhile(op('i32.lt_u', at, op('i32.mul', code.parameter(0), i32(16))), () => {
    code.if(op('i32.sub', at, i32(32)), () => void code.set(sum, op('f32x4.add', sum, load(0, at))));
    code.set(at, op('i32.add', at, i32(16)));
  });
  code.store(512, sum);
  expect([...ran(code, 4).subarray(128, 132)]).toEqual([0 + 4 + 12, 1 + 5 + 13, 2 + 6 + 14, 3 + 7 + 15]);
});

test('values of lanes', () => {
  const code = new SimdCode(0);
  code.store(512, shuffleLanes(load(0), load(16), [7, 0, 5, 2]));
  code.store(528, loadLane(36, i32(0), load(0), 1));
  code.storeLane(544, load(32), 3, i32(0));
  code.store(560, op('i32x4.splat', laneOf(load(16), 2)));
  code.store(576, select(op('f32x4.lt', load(0), load(4)), load(64), load(80)));
  const out = ran(code);
  expect([...out.subarray(128, 137)]).toEqual([7, 0, 5, 2, 0, 9, 2, 3, 11]);
  expect([...out.subarray(140, 148)]).toEqual([6, 6, 6, 6, 16, 17, 18, 19]);
});

test('constants lie in memory once each, as many as there is room for', () => {
  const constants = new Constants(256, 2);
  const code = new SimdCode(0);
  code.store(512, op('f32x4.add', constants.f32(1.5), op('f32x4.add', constants.f32(1.5), constants.i32(0))));
  const module = new WasmModule();
  module.add(code, 'run');
  const { memory, exports } = instantiate(module.compile(bytes), bytes);
  constants.fill(new Uint8Array(memory));
  exports.run();
  expect([...new Float32Array(memory, 512, 4)]).toEqual([3, 3, 3, 3]);
  expect(() => constants.f64(1)).toThrow('more than 2 constants');
});

test('functions call each other by their index, and several have parameters of different types', () => {
  const module = new WasmModule();
  const inner = new FunctionCode(['i32', 'f32']);
  inner.get(inner.parameter(0)).get(inner.parameter(1)).at('f32.store');
  const index = module.add(inner);
  const outer = new FunctionCode(['i32']);
  const row = outer.local('i32');
  outer.count(row, outer.parameter(0), 4, () => outer.get(row).f32(2.5).call(index));
  module.add(outer, 'run');
  const { memory, exports } = instantiate(module.compile(bytes), bytes);
  exports.run(12);
  expect([...new Float32Array(memory, 0, 4)]).toEqual([2.5, 2.5, 2.5, 0]);
});

test('a memory beyond 4 GiB is refused', () => {
  expect(pagesOf(65537)).toBe(2);
  expect(() => pagesOf(2 ** 32 + 1)).toThrow('more than a WebAssembly memory holds');
});
