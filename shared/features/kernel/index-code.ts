import { seasonDekads } from '#shared/domain/season.ts';
import { load, op, SimdCode, type Local, type Value } from '#shared/wasm/simd-code.ts';
import type { Constants } from '#shared/wasm/constants.ts';
import { add, and, below, div, higher, lower, or, sub } from './arithmetic.ts';
import { dekadBytes, dekadMedians, groupPixels, layout, offsetAt, presentAt, scalingAt, seriesAt } from './layout.ts';

const T = seasonDekads;

/** Where the indices find their pixels: reflectance of a band, and a mask of those where a dekad is present. */
export interface CompositeReader {
  band(code: SimdCode, source: Value, dekad: number, band: number): Local;
  present(code: SimdCode, source: Value, dekad: number, first: Local): Value;
}

/** Composites as reflectance, float32: (address of the pixels in their group). */
export const reflectanceReader: CompositeReader = {
  band: (code, source, dekad, band) =>
    code.let(load(layout.composites + dekad * dekadBytes + band * groupPixels * 4, source)),
  present: (_code, _source, _dekad, first) => op('f32x4.eq', first, first),
};

/** Medians as sums of two digital numbers, uint16: (address of the pixels in their group). */
export function medianReader(constants: Constants): CompositeReader {
  const wide = (source: Value, dekad: number, band: number) =>
    op('i32x4.extend_low_i16x8_u', load(dekad * dekadMedians + 16 * band, source, 'v128.load64_zero'));
  return {
    band: (code, source, dekad, band) => {
      const number = op('f32x4.convert_i32x4_s', wide(source, dekad, band));
      const scaled = op('f32x4.mul', number, load(scalingAt(dekad, band)));
      return code.let(op('f32x4.add', scaled, load(offsetAt(dekad, band))));
    },
    present: (_code, source, dekad) => op('i32x4.gt_s', wide(source, dekad, 0), constants.i32(0)),
  };
}

/** The float32 after that of 1e-6, which itself is below 1e-6. */
const tiny = 1.0000001e-6;

/**
 * The five indices of four pixels, and which dekads are present: (address of the pixels in their group). A dekad that
 * lacks one band has to lack them all. What becomes of a dekad that is missing has no meaning.
 *
 * @param carefully the function that does the same with care, to be called where a reflectance is not above 1e-6; where
 * all are, no denominator is next to 0 and no index but CIRE can leave its range
 */
export function indexCode(constants: Constants, reader: CompositeReader, carefully: number): SimdCode {
  const code = new SimdCode(1);
  const source = code.parameter(0);
  const dark = code.let(constants.i32(0));
  for (let t = 0; t < T; t++) {
    const bands = Array.from({ length: 6 }, (_, band) => reader.band(code, source, t, band));
    const [b03, b04, b05, b07, b08, b11] = bands;
    const present = code.let(reader.present(code, source, t, b03));
    code.store(presentAt(t), present);
    const darkest = bands.slice(1).reduce<Value>(lower, b03);
    code.set(dark, or(dark, and(present, below(darkest, constants.f32(tiny)))));
    pairsOf(b03, b04, b05, b08, b11).forEach(([a, b], index) =>
      code.store(seriesAt(index, t), div(sub(a, b), add(a, b))),
    );
    code.store(seriesAt(4, t), lower(div(sub(b07, b05), b05), constants.f32(10)));
  }
  code.if(op('v128.any_true', dark), () => code.call(carefully, source));
  return code;
}

/** The bands of NDVI, NDRE, NDMI and NDWI. */
const pairsOf = (b03: Local, b04: Local, b05: Local, b08: Local, b11: Local): [Local, Local][] => [
  [b08, b04],
  [b08, b05],
  [b08, b11],
  [b03, b08],
];

/** The indices as `indexCode` has them, of any reflectances: a denominator next to 0 gives 0. */
export function carefulIndexCode(constants: Constants, reader: CompositeReader): SimdCode {
  const code = new SimdCode(1);
  const source = code.parameter(0);
  const signless = constants.i32(0x7fffffff);
  const ratio = (above: Value, divisor: Local, low: number, high: number): Value => {
    const isTiny = below(and(divisor, signless), constants.f32(tiny));
    const value = op('v128.andnot', div(above, divisor), isTiny);
    return lower(higher(value, constants.f32(low)), constants.f32(high));
  };
  for (let t = 0; t < T; t++) {
    const [b03, b04, b05, b07, b08, b11] = Array.from({ length: 6 }, (_, band) => reader.band(code, source, t, band));
    pairsOf(b03, b04, b05, b08, b11).forEach(([a, b], index) =>
      code.store(seriesAt(index, t), ratio(sub(a, b), code.let(add(a, b)), -1, 1)),
    );
    code.store(seriesAt(4, t), ratio(sub(b07, b05), b05, -1, 10));
  }
  return code;
}
