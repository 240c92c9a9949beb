import { seasonDekads } from '#shared/domain/season.ts';
import { i32, load, op, select, SimdCode, type Local } from '#shared/wasm/simd-code.ts';
import type { Constants } from '#shared/wasm/constants.ts';
import { add, mul, sub } from './arithmetic.ts';
import { presentAt, seriesAt } from './layout.ts';

const T = seasonDekads;
const indices = [0, 1, 2, 3, 4];

/**
 * Fills the missing dekads of the five series of four pixels. Forward in time, a missing dekad first takes the value
 * before it, which is that of the last present one; at the first present dekad behind a gap the pixels that had the gap
 * go back over it with the slope, or with the present value where there was none before.
 */
export function fillCode(constants: Constants): SimdCode {
  const code = new SimdCode(0);
  const f32 = (value: number) => constants.f32(value);
  const time = code.let(f32(0));
  const [at, back] = [code.let(i32(0), 'i32'), code.let(i32(0), 'i32')];
  /** The last present dekad of each pixel, -1 before the first. */
  const last = code.let(f32(-1));
  const [backTime, present, inGap] = [code.let(f32(0)), code.let(f32(0)), code.let(f32(0))];
  const slopes = indices.map(() => code.let(f32(0)));
  const starts = indices.map(() => code.let(f32(0)));
  const value = (index: number, base: Local, dekad = 0) => load(seriesAt(index, dekad), base);

  code.repeatWhile(op('i32.lt_u', at, i32(16 * T)), () => {
    code.set(present, load(presentAt(0), at));
    code.if(op('v128.any_true', op('v128.not', present)), () => {
      for (const index of indices)
        code.store(seriesAt(index, 0), select(present, value(index, at), value(index, at, -1)), at);
    });
    code.set(inGap, op('v128.and', present, op('f32x4.lt', add(last, f32(1)), time)));
    code.if(op('v128.any_true', inGap), closeGap);
    code.set(last, select(present, time, last));
    code.set(time, add(time, f32(1)));
    code.set(at, op('i32.add', at, i32(16)));
  });
  return code;

  function closeGap(): void {
    const isFirst = code.let(op('f32x4.lt', last, f32(0)));
    const length = code.let(sub(time, last));
    for (const index of indices) {
      code.set(starts[index], select(isFirst, value(index, at), value(index, at, -1)));
      code.set(slopes[index], op('f32x4.div', sub(value(index, at), starts[index]), length));
    }
    code.set(back, op('i32.sub', at, i32(16)));
    code.set(backTime, sub(time, f32(1)));
    code.repeatWhile(op('v128.any_true', inGap), () => {
      const steps = code.let(sub(backTime, last));
      for (const index of indices) {
        const between = add(starts[index], mul(slopes[index], steps));
        code.store(seriesAt(index, 0), select(inGap, between, value(index, back)), back);
      }
      code.set(back, op('i32.sub', back, i32(16)));
      code.set(backTime, sub(backTime, f32(1)));
      code.set(inGap, op('v128.and', inGap, op('f32x4.gt', backTime, last)));
    });
  }
}
