import { expect, test } from 'vitest';
import { augment, degradeToMonthly, dropDekads, randomOf, shiftDekads } from './augment.ts';
import { emptyComposites, observationOf, placeDekad, presentDekads, type LabelledSeries } from './labelled-series.ts';

/** A series whose band b has value / 100 + b at the given dekads. */
function composites(values: Record<number, number>): Float32Array {
  const out = emptyComposites();
  for (const [dekad, value] of Object.entries(values))
    placeDekad(out, Number(dekad), [Float32Array.from([0, 1, 2, 3, 4, 5], (band) => value + band)]);
  return out;
}

const at = (series: Float32Array, dekad: number) => Array.from(observationOf(series, dekad)!);
const series = (values: Record<number, number>, cadence: 'dekadal' | 'monthly'): LabelledSeries => ({
  ...{ id: 'a', source: 's', lat: 0, lon: 0, className: 'maize', cadence },
  composites: composites(values),
});
const all = { monthlyCopies: true, shifts: [-1, 1], dropFraction: 0.25, seed: 1 };

test('a month becomes the median of its dekads, in its middle dekad', () => {
  const monthly = degradeToMonthly(composites({ 0: 1, 1: 9, 2: 3, 4: 7, 6: 2, 8: 4, 26: 5 }));
  expect(presentDekads(monthly)).toEqual([1, 4, 7, 25]);
  expect(at(monthly, 1)).toEqual([3, 4, 5, 6, 7, 8]);
  expect(at(monthly, 4)[0]).toBe(7);
  expect(at(monthly, 7)[0]).toBe(3);
  expect(at(monthly, 25)[0]).toBe(5);
});

test('a shift moves every band and loses what leaves the season', () => {
  const source = composites({ 0: 1, 5: 2, 26: 3 });
  expect(presentDekads(shiftDekads(source, 1))).toEqual([1, 6]);
  expect(at(shiftDekads(source, 1), 6)).toEqual([2, 3, 4, 5, 6, 7]);
  expect(presentDekads(shiftDekads(source, -1))).toEqual([4, 25]);
});

test('a quarter of the present dekads is dropped, in every band, and the source stays as it is', () => {
  const source = composites({ 0: 1, 3: 1, 6: 1, 9: 1, 12: 1, 15: 1, 18: 1, 21: 1 });
  const thinned = dropDekads(source, 0.25, randomOf('1/a'));
  expect(presentDekads(thinned)).toHaveLength(6);
  expect(thinned.filter((value) => !Number.isNaN(value))).toHaveLength(36);
  expect(presentDekads(source)).toHaveLength(8);
  expect(dropDekads(source, 0.25, randomOf('1/a'))).toEqual(thinned);
});

test('random numbers depend on the name, lie in 0..1 and spread', () => {
  const draw = (name: string) => Array.from({ length: 1000 }, randomOf(name));
  expect(draw('1/a')).toEqual(draw('1/a'));
  expect(draw('1/a')).not.toEqual(draw('2/a'));
  const values = draw('x');
  expect(Math.min(...values)).toBeGreaterThanOrEqual(0);
  expect(Math.max(...values)).toBeLessThan(1);
  expect(values.reduce((sum, value) => sum + value, 0) / 1000).toBeCloseTo(0.5, 1);
});

test('dekadal series have a monthly copy, monthly ones do not; copies with too few dekads are left out', () => {
  const full = { 0: 1, 3: 1, 6: 1, 9: 1, 12: 1, 15: 1 };
  expect(augment(series(full, 'dekadal'), all)).toHaveLength(4);
  expect(augment(series(full, 'monthly'), all)).toHaveLength(3);
  expect(augment(series({ 0: 1, 5: 1, 9: 1 }, 'monthly'), all).map(presentDekads)).toEqual([[1, 6, 10]]);
});
