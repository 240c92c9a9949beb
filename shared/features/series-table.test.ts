import { describe, expect, test } from 'vitest';
import { spectralBands } from '#shared/domain/bands.ts';
import { seasonByName } from '#shared/domain/season.ts';
import { seriesOfTable } from './series-table.ts';

const season = seasonByName('southern-summer');
const header = 'id,date,B03,B04,B05,B07,B08,B11';
const read = (...lines: string[]) => seriesOfTable([header, ...lines], season, 2022);
/** Reflectance of a band in a dekad. */
const at = (composites: Float32Array, band: (typeof spectralBands)[number], dekad: number) =>
  composites[spectralBands.indexOf(band) * 27 + dekad];
const present = (composites: Float32Array) =>
  Array.from({ length: 27 }, (_, t) => t).filter((t) =>
    spectralBands.every((band) => !Number.isNaN(at(composites, band, t))),
  );

describe('rows become dekads', () => {
  test('a day stands in its dekad, band by band, as reflectance', () => {
    const [{ id, composites }] = read('a,2023-02-28,100,200,300,400,5000,600.5');
    expect(id).toBe('a');
    expect(present(composites)).toEqual([17]);
    const values = spectralBands.map((band) => at(composites, band, 17));
    [0.01, 0.02, 0.03, 0.04, 0.5, 0.06005].forEach((value, i) => expect(values[i]).toBeCloseTo(value, 7));
  });

  test("a month stands in the month's middle dekad", () => {
    const [{ composites }] = read('a,2022-09,1,2,3,4,5,6', 'a,2022-12,1,2,3,4,5,6', 'a,2023-05,1,2,3,4,5,6');
    expect(present(composites)).toEqual([1, 10, 25]);
  });

  test('several days of a dekad give their median by band', () => {
    const days = ['a,2022-09-21,100,10,1,1,1,1', 'a,2022-09-25,900,20,1,1,1,1', 'a,2022-09-30,300,60,1,1,1,1'];
    const [{ composites }] = read(...days);
    expect(at(composites, 'B03', 2)).toBeCloseTo(0.03, 7);
    expect(at(composites, 'B04', 2)).toBeCloseTo(0.002, 7);
    const [even] = read(...days.slice(0, 2));
    expect(at(even.composites, 'B03', 2)).toBeCloseTo(0.05, 7);
  });

  test('a row that lacks a band, or has a 0 in one, is no observation', () => {
    const [{ composites }] = read(
      'a,2022-09-01,100,,1,1,1,1',
      'a,2022-09-02,100,1,1,1,0,1',
      'a,2022-09-03,500,2,1,1,1,1',
    );
    expect(at(composites, 'B03', 0)).toBeCloseTo(0.05, 7);
    const [none] = read('b,2022-09-01,100,,1,1,1,1', 'b,2022-09-02,100,1,1,1,1,');
    expect(present(none.composites)).toEqual([]);
  });

  test('a day outside the season keeps the series and adds nothing', () => {
    const series = read('a,2022-08-31,1,2,3,4,5,6', 'a,2023-06-01,1,2,3,4,5,6', 'a,2022-06,1,2,3,4,5,6');
    expect(series.map(({ id }) => id)).toEqual(['a']);
    expect(present(series[0].composites)).toEqual([]);
  });

  test('series come in the order in which they first appear', () => {
    const rows = ['b', 'a', 'b', 'c', 'a'].map((id, i) => `${id},2022-09-${10 + 2 * i},1,2,3,4,5,6`);
    expect(read(...rows).map(({ id }) => id)).toEqual(['b', 'a', 'c']);
    expect(read(...rows).map(({ composites }) => present(composites))).toEqual([[0, 1], [1], [1]]);
  });
});

describe('the form of a table', () => {
  test('columns in any order among others, quotes, a byte order mark, empty lines', () => {
    const series = seriesOfTable(
      ['\ufeff"crop",B11,B08,B07,B05,B04,B03,date,id', '"Weizen",6,5,4,3,2,1,"2022-09-05","f 1"', '', '  '],
      season,
      2022,
    );
    expect(series.map(({ id }) => id)).toEqual(['f 1']);
    spectralBands.forEach((band, i) => expect(at(series[0].composites, band, 0)).toBeCloseTo((i + 1) / 10_000, 9));
  });

  test('without rows there are no series', () => expect(read()).toEqual([]));
});

describe('what is refused, by the line', () => {
  const good = 'a,2022-09-05,1,2,3,4,5,6';
  test.each([
    ['05.09.2022', 'a,05.09.2022,1,2,3,4,5,6', '"05.09.2022" is no date'],
    ['no date', 'a,,1,2,3,4,5,6', '"" is no date'],
    ['a month that there is not', 'a,2022-13,1,2,3,4,5,6', '"2022-13" is no date'],
    ['month 0', 'a,2022-00,1,2,3,4,5,6', '"2022-00" is no date'],
    ['the 30th of February', 'a,2023-02-30,1,2,3,4,5,6', '"2023-02-30" is no date'],
    ['the 29th of February in no leap year', 'a,2023-02-29,1,2,3,4,5,6', '"2023-02-29" is no date'],
    ['day 0', 'a,2022-10-00,1,2,3,4,5,6', '"2022-10-00" is no date'],
    ['a text', 'a,2022-09-05,1,2,3,4,high,6', '"high" in B08 is no number'],
    ['a number without end', 'a,2022-09-05,1,2,3,4,1e999,6', '"1e999" in B08 is no number'],
    ['another notation', 'a,2022-09-05,1,2,3,4,0x10,6', '"0x10" in B08 is no number'],
    ['more cells than columns', 'a,2022-09-05,1,2,3,4,5,6,7', '9 cells where the header has 8'],
    ['fewer cells than columns', 'a,2022-09-05,1,2,3,4,5', '7 cells where the header has 8'],
    ['a comma inside a cell', '"a, b",2022-09-05,1,2,3,4,5,6', 'commas inside cells are not read'],
    ['a row without a name', ',2022-09-05,1,2,3,4,5,6', 'has no id'],
  ])('%s', (_name, row, message) => {
    expect(() => read(good, '', row)).toThrow(
      expect.objectContaining({ code: 'invalid-table', field: 'table', message: expect.stringContaining(message) }),
    );
    expect(() => read(good, '', row)).toThrow(/line 4 of the table/);
  });

  test('columns that are missing, by their names', () => {
    expect(() => seriesOfTable(['id,date,B03,B04,B05,B8A,B11'], season, 2022)).toThrow('no column B07, B08');
    expect(() => seriesOfTable([], season, 2022)).toThrow('no column id, date, B03');
  });

  test('a column that is there twice', () => {
    expect(() => seriesOfTable([`${header},B04`, good], season, 2022)).toThrow('two columns B04');
  });
});
