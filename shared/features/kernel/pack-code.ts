import { i32, load, op, shuffleBytes, SimdCode, type Local, type Value } from '#shared/wasm/simd-code.ts';
import type { Constants } from '#shared/wasm/constants.ts';
import { groupMedians, layout, planeBytes as bandBytes } from './layout.ts';

/** Numbers are packed in vectors of eight, so many at a time: they fill as many vectors as they have bits each. */
const vectors = 16;
/** The most bits of a number. */
export const maxWidth = 16;

/** Where of two neighbours one stands for both. */
const pairBytes = bandBytes / 2;

const eachVector = (code: SimdCode, bytes: number, body: (at: Local) => void): void => {
  const at = code.let(i32(0), 'i32');
  code.repeatWhile(op('i32.lt_u', at, i32(bytes)), () => {
    body(at);
    code.set(at, op('i32.add', at, i32(16)));
  });
};

/**
 * Puts a band of a dekad's medians side by side into `layout.band` and measures them: (address of its first vector).
 * `layout.measures` receives for each of eight lanes the least of them that is not 0, less one; the highest; all their
 * bits; and the bits in which neighbours differ.
 */
export function gatherCode(constants: Constants): SimdCode {
  const code = new SimdCode(1);
  const source = code.let(code.parameter(0), 'i32');
  const [one, none] = [constants.i16(1), constants.i16(0)];
  const least = code.let(constants.i16(-1));
  const [highest, bits, apart] = [none, none, none].map((value) => code.let(value));
  eachVector(code, bandBytes, (at) => {
    const numbers = code.let(load(0, source));
    // Of 0, which is no number, it makes the highest one.
    code.set(least, op('i16x8.min_u', least, op('i16x8.sub', numbers, one)));
    code.set(highest, op('i16x8.max_u', highest, numbers));
    code.set(bits, op('v128.or', bits, numbers));
    code.set(apart, op('v128.or', apart, op('v128.xor', numbers, swapped(numbers))));
    code.store(layout.band, numbers, at);
    code.set(source, op('i32.add', source, i32(groupMedians)));
  });
  [least, highest, bits, apart].forEach((measure, i) => code.store(layout.measures + 16 * i, measure));
  return code;
}

const lanes = (of: readonly number[]) => of.flatMap((lane) => [2 * lane, 2 * lane + 1]);
const swapped = (numbers: Local) => shuffleBytes(numbers, numbers, lanes([1, 0, 3, 2, 5, 4, 7, 6]));

/** The same way back, from `layout.band`: (address of the band's first vector). */
export function scatterCode(): SimdCode {
  const code = new SimdCode(1);
  const target = code.let(code.parameter(0), 'i32');
  eachVector(code, bandBytes, (at) => {
    code.store(0, load(layout.band, at), target);
    code.set(target, op('i32.add', target, i32(groupMedians)));
  });
  return code;
}

/** Of the numbers in `layout.band` keeps the first of each two neighbours. */
export function halveCode(): SimdCode {
  const code = new SimdCode(0);
  const source = code.let(i32(0), 'i32');
  eachVector(code, pairBytes, (at) => {
    const [a, b] = [0, 16].map((next) => code.let(load(layout.band + next, source)));
    code.store(layout.band, shuffleBytes(a, b, lanes([0, 2, 4, 6, 8, 10, 12, 14])), at);
    code.set(source, op('i32.add', source, i32(32)));
  });
  return code;
}

/** The same as `scatterCode`, of numbers that each stand for two neighbours. */
export function scatterPairsCode(): SimdCode {
  const code = new SimdCode(1);
  const target = code.let(code.parameter(0), 'i32');
  eachVector(code, pairBytes, (at) => {
    const numbers = code.let(load(layout.band, at));
    const halves = [lanes([0, 0, 1, 1, 2, 2, 3, 3]), lanes([4, 4, 5, 5, 6, 6, 7, 7])];
    halves.forEach((half, i) => code.store(i * groupMedians, shuffleBytes(numbers, numbers, half), target));
    code.set(target, op('i32.add', target, i32(2 * groupMedians)));
  });
  return code;
}

/**
 * Packs the numbers in `layout.band`: (target, what is taken from each, twice in 32 bits; bits to drop before; bytes of
 * the numbers). What is left of a number must fit `width` bits; 0 stays 0.
 */
export function packCode(width: number): SimdCode {
  const code = new SimdCode(4);
  const [target, base, drop, end] = [0, 1, 2, 3].map(code.parameter);
  const from = code.let(i32(0), 'i32');
  const taken = code.let(op('i32x4.splat', base));
  code.repeatWhile(op('i32.lt_u', from, end), () => {
    let [held, at]: [Value | null, number] = [null, 0];
    for (let i = 0; i < vectors; i++, at += width) {
      const bit = at % 16;
      const dropped = op('i16x8.shr_u', load(layout.band + 16 * i, from), drop);
      const number = code.let(op('i16x8.sub_sat_u', dropped, taken));
      const placed = op('i16x8.shl', number, i32(bit));
      held = code.let(held ? op('v128.or', held, placed) : placed);
      if (bit + width < 16) continue;
      code.store(16 * Math.floor(at / 16), held, target);
      held = bit + width > 16 ? op('i16x8.shr_u', number, i32(16 - bit)) : null;
    }
    code.set(target, op('i32.add', target, i32(16 * width)));
    code.set(from, op('i32.add', from, i32(16 * vectors)));
  });
  return code;
}

/** The same way back: (source, what is added to each, twice in 32 bits; bits to add behind; bytes of the numbers). */
export function unpackCode(width: number, constants: Constants): SimdCode {
  const code = new SimdCode(4);
  const [source, base, drop, end] = [0, 1, 2, 3].map(code.parameter);
  const to = code.let(i32(0), 'i32');
  const added = code.let(op('i32x4.splat', base));
  code.repeatWhile(op('i32.lt_u', to, end), () => {
    for (let i = 0; i < vectors; i++) {
      const [word, bit] = [Math.floor((i * width) / 16), (i * width) % 16];
      let bits: Value = op('i16x8.shr_u', load(16 * word, source), i32(bit));
      if (bit + width > 16) bits = op('v128.or', bits, op('i16x8.shl', load(16 * word + 16, source), i32(16 - bit)));
      const number = code.let(op('v128.and', bits, constants.i16(2 ** width - 1)));
      const missing = op('i16x8.eq', number, constants.i16(0));
      const whole = op('i16x8.shl', op('i16x8.add', number, added), drop);
      code.store(layout.band + 16 * i, op('v128.andnot', whole, missing), to);
    }
    code.set(source, op('i32.add', source, i32(16 * width)));
    code.set(to, op('i32.add', to, i32(16 * vectors)));
  });
  return code;
}
