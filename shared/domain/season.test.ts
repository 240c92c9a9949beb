import { describe, expect, test } from 'vitest';
import { readFixture } from '#shared/testing/fixtures/domain/read.ts';
import { GeoCropError } from './errors.ts';
import { checkYear, dekadIndex, defaultSeason, seasonByName, seasonWindow } from './season.ts';

type Row = [firstMonth: number, year: number, start: string, end: string, daysOfDekads: number[]];
const calendar = readFixture<Row[]>('dekads.json');
const names: Record<number, string> = { 9: 'southern-summer', 3: 'northern-summer' };
const southern = seasonByName('southern-summer');
const northern = seasonByName('northern-summer');

/** The days from the first to the last of a season, in the order of the calendar. */
function daysOf(start: string, count: number): string[] {
  const first = Date.parse(start);
  return Array.from({ length: count }, (_, i) => new Date(first + i * 86_400_000).toISOString().slice(0, 10));
}

describe('a season is what the calendar says', () => {
  test.each(calendar.map((row) => [names[row[0]], row[1], row] as const))('%s %d', (name, year, row) => {
    const [, , start, end, lengths] = row;
    expect(seasonWindow(seasonByName(name), year)).toEqual({ start, end });
    const expected = lengths.flatMap((days, dekad) => Array<number>(days).fill(dekad));
    const days = daysOf(start, expected.length);
    expect(days.at(-1)).toBe(end);
    for (const hour of ['T00:00:00Z', 'T10:56:19.024Z', 'T23:59:59.999Z'])
      expect(days.map((day) => dekadIndex(seasonByName(name), year, day + hour))).toEqual(expected);
  });
});

describe('the edges of a season', () => {
  test.each([
    ['2022-08-31T23:59:59.999Z', null],
    ['2022-09-01T00:00:00Z', 0],
    ['2022-09-10T23:59:59Z', 0],
    ['2022-09-11T00:00:00Z', 1],
    ['2022-09-30T12:00:00Z', 2],
    ['2022-10-01T00:00:00Z', 3],
    ['2022-12-31T23:59:59Z', 11],
    ['2023-01-01T00:00:00Z', 12],
    ['2023-02-28T23:59:59Z', 17],
    ['2023-03-01T00:00:00Z', 18],
    ['2023-05-31T23:59:59.999Z', 26],
    ['2023-06-01T00:00:00Z', null],
    ['2023-09-01T00:00:00Z', null],
    ['2021-10-01T00:00:00Z', null],
  ])('%s is in dekad %s of southern-summer 2022', (moment, dekad) =>
    expect(dekadIndex(southern, 2022, moment)).toBe(dekad),
  );

  test('a leap day is in the last dekad of February', () =>
    expect(dekadIndex(southern, 2023, '2024-02-29T08:00:00Z')).toBe(17));

  test('moments count in UTC, whatever zone they are written in', () => {
    expect(dekadIndex(northern, 2019, '2019-03-01T01:30:00+02:00')).toBeNull();
    expect(dekadIndex(northern, 2019, '2019-11-30T20:00:00-05:00')).toBeNull();
    expect(dekadIndex(northern, 2019, '2019-06-10T23:30:00-01:00')).toBe(10);
  });

  test('what is no date is an error, not a dekad', () => {
    expect(() => dekadIndex(northern, 2019, 'yesterday')).toThrow('not a date: yesterday');
    expect(() => dekadIndex(northern, 2019, '')).toThrow('not a date');
  });
});

describe('names', () => {
  test('the default season is southern-summer', () => expect(defaultSeason).toBe('southern-summer'));
  test('an unknown one is refused with those that there are', () => {
    for (const name of ['winter', '', 'Northern-Summer', 'toString'])
      expect(() => seasonByName(name)).toThrow(
        expect.objectContaining({ code: 'invalid-season', field: 'season', kind: 'refused' }),
      );
    expect(() => seasonByName('winter')).toThrow(
      'there is no season "winter"; known seasons: southern-summer, northern-summer',
    );
  });
});

describe('years', () => {
  const refusal = (year: number, today = '2026-01-15') => {
    try {
      checkYear(northern, year, today);
    } catch (error) {
      expect(error).toBeInstanceOf(GeoCropError);
      expect(error).toMatchObject({ code: 'invalid-season', field: 'year' });
      return (error as Error).message;
    }
    return null;
  };

  test('from the first of Sentinel-2 on', () => {
    expect(refusal(2015)).toBeNull();
    expect(refusal(2025)).toBeNull();
    for (const year of [2014, 0, -2020, 2020.5, NaN, Infinity]) expect(refusal(year)).toContain(`not ${year}`);
  });

  test('up to the season that has begun', () => {
    expect(refusal(2026, '2026-02-28')).toContain('begins on 2026-03-01, which has not come yet');
    expect(refusal(2026, '2026-03-01')).toBeNull();
    expect(refusal(20_000)).not.toBeNull();
  });
});
