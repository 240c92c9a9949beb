import { createHash } from 'node:crypto';
import { seasonDekads, seasonMonths } from '#shared/domain/season.ts';
import { minDekads } from '#shared/features/features.ts';
import {
  emptyComposites,
  middleDekad,
  observationOf,
  placeDekad,
  presentDekads,
  type LabelledSeries,
} from './labelled-series.ts';

/** What is made of every series besides itself; the copies keep the fold of their sample. */
export interface Augmentation {
  /** Dekadal series are also degraded to monthly ones. */
  monthlyCopies: boolean;
  /** Shifts in dekads, each one more copy. */
  shifts: readonly number[];
  /** Share of the present dekads that one more copy lacks; 0 makes no such copy. */
  dropFraction: number;
  seed: number;
}

/** The copies of a series, without the series itself; copies with too few dekads are left out. */
export function augment(series: LabelledSeries, options: Augmentation): Float32Array[] {
  const { composites } = series;
  const copies = options.shifts.map((shift) => shiftDekads(composites, shift));
  if (options.monthlyCopies && series.cadence === 'dekadal') copies.push(degradeToMonthly(composites));
  if (options.dropFraction > 0)
    copies.push(dropDekads(composites, options.dropFraction, randomOf(`${options.seed}/${series.id}`)));
  return copies.filter((copy) => presentDekads(copy).length >= minDekads);
}

/** The median of a month's dekads, in its middle dekad; the other two are missing. */
export function degradeToMonthly(composites: Float32Array): Float32Array {
  const monthly = emptyComposites();
  for (let month = 0; month < seasonMonths; month++) {
    const observations = [0, 1, 2].map((dekad) => observationOf(composites, month * 3 + dekad));
    placeDekad(
      monthly,
      middleDekad(month),
      observations.filter((values) => values !== null),
    );
  }
  return monthly;
}

/** The series `by` dekads later (earlier if negative); what leaves the season is lost, what enters is missing. */
export function shiftDekads(composites: Float32Array, by: number): Float32Array {
  const shifted = emptyComposites();
  for (const dekad of presentDekads(composites)) {
    const to = dekad + by;
    if (to < 0 || to >= seasonDekads) continue;
    placeDekad(shifted, to, [observationOf(composites, dekad)!]);
  }
  return shifted;
}

/** The series without a random share of its present dekads. */
export function dropDekads(composites: Float32Array, fraction: number, random: () => number): Float32Array {
  const thinned = composites.slice();
  const present = presentDekads(composites);
  for (let left = Math.round(present.length * fraction); left > 0; left--) {
    const [dekad] = present.splice(Math.floor(random() * present.length), 1);
    for (let at = dekad; at < thinned.length; at += seasonDekads) thinned[at] = NaN;
  }
  return thinned;
}

/** Mulberry32, seeded by a name, so that a copy does not depend on the order of the samples. */
export function randomOf(name: string): () => number {
  let state = createHash('sha256').update(name).digest().readUInt32LE(0);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
