import { i32, load, op, SimdCode } from '#shared/wasm/simd-code.ts';
import type { Constants } from '#shared/wasm/constants.ts';
import { hiddenIn } from './composite-code.ts';
import { groupPixels, layout, planeBytes } from './layout.ts';

const bands = 6;

/**
 * What `countPixels` counts, of a pass in the staging area: (pixels, addresses of its numbers and of its classes). Eight
 * pixels at a time; a lane that counts is taken down by one, so that the sums at `layout.counts` are negative.
 */
export function countCode(constants: Constants): SimdCode {
  const code = new SimdCode(3);
  const [pixels, numbersAt, classesAt] = [0, 1, 2].map(code.parameter);
  const pixel = code.let(i32(0), 'i32');
  const [valid, negative] = [code.let(constants.i16(0)), code.let(constants.i16(0))];
  const highest = Array.from({ length: bands }, (_, band) => code.let(load(layout.impossible + 16 * band)));
  code.repeatWhile(op('i32.lt_u', pixel, pixels), () => {
    const numbers = highest.map((_, band) => code.let(load(band * planeBytes, numbersAt)));
    const hidden = code.let(hiddenIn(numbers, classesAt, constants));
    const impossible = numbers
      .map((number, band) => op('i16x8.eq', op('i16x8.min_u', number, highest[band]), number))
      .reduce((a, b) => op('v128.or', a, b));
    code.set(valid, op('i16x8.add', valid, op('v128.not', hidden)));
    code.set(negative, op('i16x8.add', negative, op('v128.andnot', impossible, hidden)));
    code.set(numbersAt, op('i32.add', numbersAt, i32(2 * groupPixels)));
    code.set(classesAt, op('i32.add', classesAt, i32(groupPixels)));
    code.set(pixel, op('i32.add', pixel, i32(groupPixels)));
  });
  code.store(layout.counts, valid);
  code.store(layout.counts + 16, negative);
  return code;
}
