import type { Constants } from '#shared/wasm/constants.ts';
import { i32, load, op, SimdCode } from '#shared/wasm/simd-code.ts';
import { rowsAtOnce, type SmoothingLayout } from './smoothing-layout.ts';
import { exponential } from './smoothing-math.ts';
import { add, div, eachFour, increase, sub } from './smoothing-vectors.ts';

/** Turns the logits of all results into probabilities: (). */
export function probabilityCode({ classes, strip, results }: SmoothingLayout, constants: Constants): SimdCode {
  const code = new SimdCode(0);
  const one = constants.f32(1);
  eachFour(code, rowsAtOnce * classes * strip, (column) => {
    const y = code.let(load(results, column));
    const q = div(one, add(one, exponential(code, constants, sub(constants.f32(0), y))));
    code.store(results, op('v128.or', q, op('f32x4.ne', y, y)), column);
  });
  return code;
}

/** Divides a row by the sum over the classes and lays it out as [pixel][class]: (place of the row in the results). */
export function outputCode({ classes, strip, results, out }: SmoothingLayout, constants: Constants): SimdCode {
  const code = new SimdCode(1);
  const [k, source, target] = ['k', 'source', 'target'].map(() => code.let(i32(0), 'i32'));
  const first = code.let(code.parameter(0), 'i32');
  code.set(target, first);
  const sum = code.let(constants.f32(0));
  const eachClass = (body: () => void) => {
    code.set(k, i32(0));
    code.set(source, first);
    code.repeatWhile(op('i32.lt_u', k, i32(classes)), () => {
      body();
      increase(code, source, 4 * strip);
      increase(code, k, 1);
    });
  };
  eachFour(code, strip, () => {
    code.set(sum, constants.f32(0));
    eachClass(() => code.set(sum, add(sum, load(results, source))));
    eachClass(() => {
      const q = code.let(div(load(results, source), sum));
      for (let lane = 0; lane < 4; lane++) code.storeLane(out + 4 * lane * classes, q, lane, target);
      increase(code, target, 4);
    });
    increase(code, target, 12 * classes);
    increase(code, first, 16);
  });
  return code;
}
