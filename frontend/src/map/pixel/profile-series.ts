import { spectralBands } from '#shared/domain/bands.ts';
import { filledGaps, indexOfBands, indices, type BandValues, type Index } from './index-of-bands.ts';
import type { Pixel } from './pixel-types.ts';

export const quantities = [...indices, ...spectralBands] as const;
export type Quantity = (typeof quantities)[number];

/** A value at a moment, seconds since 1970. */
export type Point = [time: number, value: number];

export interface ProfileSeries {
  /** The dekads that were seen, at their middle. */
  composite: Point[];
  /** What was filled in, each run with the seen dekads at its ends; runs stand apart. */
  filled: Point[][];
  /** Single dates on which the ground was seen. */
  seen: Point[];
  /** Dates on which it was not. */
  hidden: { time: number; reason: string }[];
}

export const isIndex = (quantity: Quantity): quantity is Index => (indices as readonly string[]).includes(quantity);
const seconds = (iso: string) => Date.parse(iso) / 1000;
/** Half a dekad. */
const toMiddle = 5 * 86_400;

const valueOf = (quantity: Quantity, bands: BandValues | null): number => {
  if (!bands) return NaN;
  return isIndex(quantity) ? indexOfBands(quantity, bands) : (bands[quantity] ?? NaN);
};

/** The season of a pixel in one band or index; what is missing is filled as the features see it. */
export function profileSeries(pixel: Pixel, quantity: Quantity): ProfileSeries {
  const times = pixel.dekads.map(({ start }) => seconds(start) + toMiddle);
  const values = pixel.dekads.map(({ composite }) => valueOf(quantity, composite));
  const isFilled = pixel.dekads.some(({ filled }) => filled);
  return {
    composite: values.flatMap((value, i): Point[] => (Number.isNaN(value) ? [] : [[times[i], value]])),
    filled: isFilled ? filledRuns(values, times) : [],
    seen: pixel.scenes.flatMap(({ datetime, values: bands }): Point[] =>
      bands ? [[seconds(datetime), valueOf(quantity, bands)]] : [],
    ),
    hidden: pixel.scenes
      .filter(({ valid }) => !valid)
      .map(({ datetime, reason }) => ({ time: seconds(datetime), reason: reason ?? 'no data' })),
  };
}

/** The stretches of dekads that were not seen, with what borders on them. */
function filledRuns(values: number[], times: number[]): Point[][] {
  const whole = filledGaps(values);
  const runs: Point[][] = [];
  for (let from = 0; from < values.length; from++) {
    if (!Number.isNaN(values[from])) continue;
    let to = from;
    while (to + 1 < values.length && Number.isNaN(values[to + 1])) to++;
    const [first, last] = [Math.max(0, from - 1), Math.min(values.length - 1, to + 1)];
    runs.push(times.slice(first, last + 1).map((time, i): Point => [time, whole[first + i]]));
    from = to;
  }
  return runs;
}
