import { seasonDekads, seasonMonths } from '#shared/domain/season.ts';
import { load, op, SimdCode, type Local, type Value } from '#shared/wasm/simd-code.ts';
import type { Constants } from '#shared/wasm/constants.ts';
import { add, mul } from './arithmetic.ts';
import { featureAt, seriesAt } from './layout.ts';

const T = seasonDekads;

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
  uses.forEach((use, index) => {
    if (use.months !== undefined && Object.keys(use).length === 1) monthsOnly(code, constants, index, use.months);
    else smoothOne(code, constants, index, use);
  });
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

/**
 * The monthly means of a series that is smoothed for nothing else: the mean of three smoothed values is a sum of the
 * seven values about them, or of the outer five at the ends.
 */
function monthsOnly(code: SimdCode, constants: Constants, index: number, months: number): void {
  const at = (t: number) => load(seriesAt(index, t));
  const about = (t: number, distance: number) => (distance === 0 ? at(t) : add(at(t - distance), at(t + distance)));
  const weigh = (weights: readonly number[], values: readonly Value[]): Value =>
    values.map((value, i) => mul(value, constants.f32(weights[i] / 105))).reduce(add);
  for (let month = 0; month < seasonMonths; month++) {
    const middle = month * seasonMonthDekads + 1;
    const [isFirst, isLast] = [month === 0, month === seasonMonths - 1];
    const mean =
      isFirst || isLast
        ? weigh(
            [37, 34, 26, 13, -5],
            [0, 1, 2, 3, 4].map((i) => at(isLast ? T - 1 - i : i)),
          )
        : weigh(
            [41, 26, 9, -3],
            [0, 1, 2, 3].map((distance) => about(middle, distance)),
          );
    code.store(featureAt(months + month), mean);
  }
}
