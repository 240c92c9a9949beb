import { featureCount } from '../feature-names.ts';
import { load, shuffleLanes, SimdCode } from '#shared/wasm/simd-code.ts';
import { featureAt, layout } from './layout.ts';

/** Turns [feature] vectors of four pixels into four rows of 51: (bytes of rows before). */
export function outputCode(): SimdCode {
  const code = new SimdCode(1);
  const target = code.parameter(0);
  // The last block of four lies over the one before it, so that no row is written past its end.
  for (let block = 0; block < featureCount; block += 4) {
    const from = Math.min(block, featureCount - 4);
    const [a, b, c, d] = [0, 1, 2, 3].map((i) => code.let(load(featureAt(from + i))));
    const pairs = [
      [shuffleLanes(a, b, [0, 4, 1, 5]), shuffleLanes(c, d, [0, 4, 1, 5])],
      [shuffleLanes(a, b, [2, 6, 3, 7]), shuffleLanes(c, d, [2, 6, 3, 7])],
    ].map((pair) => pair.map((value) => code.let(value)));
    for (let row = 0; row < 4; row++) {
      const [left, right] = pairs[row >> 1];
      const value = shuffleLanes(left, right, row % 2 ? [2, 3, 6, 7] : [0, 1, 4, 5]);
      code.store(layout.out + (row * featureCount + from) * 4, value, target);
    }
  }
  return code;
}
