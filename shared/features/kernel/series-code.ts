import { seasonDekads, seasonMonths } from '#shared/domain/season.ts';
import { i32, load, op, select, SimdCode, type Local, type Value } from '#shared/wasm/simd-code.ts';
import type { Constants } from '#shared/wasm/constants.ts';
import {
  dekadBytes,
  dekadMedians,
  featureAt,
  groupPixels,
  layout,
  offsetAt,
  presentAt,
  scalingAt,
  seriesAt,
} from './layout.ts';

const T = seasonDekads;
/** NDVI, NDRE, NDMI, NDWI, CIRE: the order in which the series lie. */
const indices = [0, 1, 2, 3, 4];

const add = (a: Value, b: Value): Value => op('f32x4.add', a, b);
const sub = (a: Value, b: Value): Value => op('f32x4.sub', a, b);
const mul = (a: Value, b: Value): Value => op('f32x4.mul', a, b);

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

/**
 * The five indices of four pixels, and which dekads are present: (address of the pixels in their group). A dekad that
 * lacks one band has to lack them all.
 */
export function indexCode(constants: Constants, reader: CompositeReader): SimdCode {
  const code = new SimdCode(1);
  const source = code.parameter(0);
  // The float32 after that of 1e-6, which itself is below 1e-6.
  const [signless, tiny] = [constants.i32(0x7fffffff), constants.f32(1.0000001e-6)];
  const ratio = (above: Value, below: Local, low: number, high: number): Value => {
    const isTiny = op('f32x4.lt', op('v128.and', below, signless), tiny);
    const value = op('v128.andnot', op('f32x4.div', above, below), isTiny);
    return op('f32x4.pmin', op('f32x4.pmax', value, constants.f32(low)), constants.f32(high));
  };
  for (let t = 0; t < T; t++) {
    const [b03, b04, b05, b07, b08, b11] = Array.from({ length: 6 }, (_, band) => reader.band(code, source, t, band));
    code.store(presentAt(t), reader.present(code, source, t, b03));
    [
      [b08, b04],
      [b08, b05],
      [b08, b11],
      [b03, b08],
    ].forEach(([a, b], index) => code.store(seriesAt(index, t), ratio(sub(a, b), code.let(add(a, b)), -1, 1)));
    code.store(seriesAt(4, t), ratio(sub(b07, b05), b05, -1, 10));
  }
  return code;
}

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

/** What a series is smoothed for; a smoothed value that nothing else needs is not kept. */
interface Use {
  isKept?: boolean;
  /** Its nine monthly means go to the features from here on. */
  months?: number;
  /** Its maximum goes to this feature. */
  maximum?: number;
  /** The dekad of its first maximum goes to this feature. */
  argmax?: number;
}

/** Features by their place in `featureNames`; the lag is finished by `featureCode`. */
export const lagFeature = 49;
const uses: readonly Use[] = [
  { isKept: true, months: 0 },
  { months: 9, argmax: lagFeature },
  { months: 18 },
  { months: 27, maximum: 48 },
  { maximum: 47 },
];

/**
 * Smooths the five series of four pixels (see `smoothSeries`; the weights are divided by 35 beforehand) and makes of
 * them, while they are in registers, the monthly means and what of the other features needs one series alone. Only NDVI
 * is written back.
 */
export function smoothCode(constants: Constants): SimdCode {
  const code = new SimdCode(0);
  uses.forEach((use, index) => smoothOne(code, constants, index, use));
  return code;
}

function smoothOne(code: SimdCode, constants: Constants, index: number, use: Use): void {
  const weigh = (weights: readonly number[], values: readonly Local[]): Value => {
    const products = weights.map((weight, i) => mul(values[i], constants.f32(weight / 35)));
    return products.slice(1).reduce(add, products[0]);
  };
  const raw = Array.from({ length: T }, (_, t) => (t < 5 ? code.let(load(seriesAt(index, t))) : null));
  const at = (t: number) => (raw[t] ??= code.let(load(seriesAt(index, t))));
  const smoothed = (t: number): Value => {
    const ends = t < 2 ? [0, 1, 2, 3, 4].map(at) : [1, 2, 3, 4, 5].map((i) => at(T - i));
    if (t === 0 || t === T - 1) return weigh([31, 9, -3, -5, 3], ends);
    if (t === 1 || t === T - 2) return weigh([9, 13, 12, 6, -5], ends);
    const outer = mul(add(at(t - 2), at(t + 2)), constants.f32(-3 / 35));
    const inner = mul(add(at(t - 1), at(t + 1)), constants.f32(12 / 35));
    return add(add(outer, inner), mul(at(t), constants.f32(17 / 35)));
  };
  let sum: Local | null = null;
  let top: Local | null = null;
  const topAt = use.argmax === undefined ? null : code.let(constants.f32(0));
  for (let t = 0; t < T; t++) {
    const value = code.let(smoothed(t));
    if (use.isKept) code.store(seriesAt(index, t), value);
    sum = t % 3 === 0 ? value : code.let(add(sum!, value));
    if (use.months !== undefined && t % 3 === 2)
      code.store(featureAt(use.months + (t - 2) / seasonMonthDekads), mul(sum, constants.f32(1 / 3)));
    if (use.argmax === undefined && use.maximum === undefined) continue;
    if (topAt && top) {
      const isHigher = op('f32x4.lt', top, value);
      code.set(topAt, op('f32x4.pmax', topAt, op('v128.and', isHigher, constants.f32(t))));
    }
    top = code.let(top ? op('f32x4.pmax', top, value) : value);
  }
  if (use.maximum !== undefined) code.store(featureAt(use.maximum), top!);
  if (topAt) code.store(featureAt(use.argmax!), topAt);
}

const seasonMonthDekads = T / seasonMonths;
