import type { Constants } from '#shared/wasm/constants.ts';
import { i32, load, loadLane, op, select, SimdCode, type Local } from '#shared/wasm/simd-code.ts';
import { mergeNetwork, sortingNetwork } from '#shared/wasm/sorting-network.ts';
import { compared } from './smoothing-compare.ts';
import { rowsOfPair, type SmoothingLayout } from './smoothing-layout.ts';
import { logarithm } from './smoothing-math.ts';
import { div, eachFour, increase, mul, noData, offset, sub, unit } from './smoothing-vectors.ts';

/** The logit of the lowest and the highest probability that are told apart. */
const limit = Math.log((1 - 0.0001) / 0.0001);

/** Logits of a row of the input, class by class: (address of the row's first probability, where those of a class go). */
export function logitCode({ classes, columns, classBytes }: SmoothingLayout, constants: Constants): SimdCode {
  const code = new SimdCode(2);
  const f32 = (value: number) => constants.f32(value);
  const [k, source, target] = ['k', 'source', 'target'].map(() => code.let(i32(0), 'i32'));
  const [first, start] = [0, 1].map((i) => code.let(code.parameter(i), 'i32'));
  code.repeatWhile(op('i32.lt_u', k, i32(classes)), () => {
    code.set(source, first);
    code.set(target, start);
    eachFour(code, columns, () => {
      const lane = (i: number, vector: Parameters<typeof loadLane>[2]) => loadLane(4 * i * classes, source, vector, i);
      const p = code.let(lane(3, lane(2, lane(1, load(0, source, 'v128.load32_zero')))));
      const clamped = code.let(op('f32x4.pmin', op('f32x4.pmax', p, f32(1e-5)), f32(1 - 1e-5)));
      const x = code.let(logarithm(code, constants, div(clamped, sub(f32(1), clamped))));
      code.set(x, op('f32x4.pmin', op('f32x4.pmax', x, f32(-limit)), f32(limit)));
      const nearest = op('f32x4.ceil', sub(mul(x, f32(unit)), f32(0.5)));
      const whole = op('i32x4.add', op('i32x4.trunc_sat_f32x4_s', nearest), constants.i32(offset));
      code.store(0, select(op('f32x4.eq', p, p), whole, constants.i32(noData)), target);
      increase(code, source, 16 * classes);
      increase(code, target, 16);
    });
    increase(code, first, 4);
    increase(code, start, classBytes);
    increase(code, k, 1);
  });
  return code;
}

/** Sorts the rows of windows of a pair of rows, and both as one list: (address of the pair in its class). */
export function pairCode({ window, strip, rowBytes }: SmoothingLayout): SimdCode {
  const code = new SimdCode(1);
  const pair = code.let(code.parameter(0), 'i32');
  const at = rowsOfPair(window);
  eachFour(code, strip, () => {
    const keep = (values: readonly Local[], row: number) =>
      values.forEach((value, rank) => code.store((row + rank) * rowBytes, value, pair));
    const sorted = [0, 1].map((row) => {
      const address = at.logits(row) * rowBytes;
      const values = Array.from({ length: window }, (_, i) => code.let(load(address + 4 * i, pair)));
      const list = compared(code, values, sortingNetwork(window));
      keep(list, at.sorted(row));
      return list;
    });
    const { comparisons, order } = mergeNetwork(window, window);
    const held = compared(code, sorted.flat(), comparisons);
    keep(
      order.map((position) => held[position]),
      at.merged,
    );
    increase(code, pair, 16);
  });
  return code;
}

/** Counts the pixels with data in the rows of windows: (address of the pair in a class, that of its counts). */
export function presentCode({ window, strip, rowBytes }: SmoothingLayout, constants: Constants): SimdCode {
  const code = new SimdCode(2);
  const [pair, present] = [0, 1].map((i) => code.let(code.parameter(i), 'i32'));
  eachFour(code, strip, () => {
    for (const row of [0, 1]) {
      const count = code.let(constants.i32(0));
      for (let i = 0; i < window; i++) {
        const isThere = op('i32x4.gt_s', load(row * rowBytes + 4 * i, pair), constants.i32(noData));
        code.set(count, op('i32x4.sub', count, isThere));
      }
      code.store(row * rowBytes, count, present);
    }
    increase(code, pair, 16);
    increase(code, present, 16);
  });
  return code;
}
