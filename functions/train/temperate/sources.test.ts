import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import { seasonDekads } from '#shared/domain/season.ts';
import { readTable, type Row } from '../delimited-table.ts';
import { presentDekads, type LabelledSeries } from '../labelled-series.ts';
import { readFieldTable } from './bavaria.ts';
import { readCompositeTable } from './composite-tables.ts';
import { temperate } from './definition.ts';
import { bavaria, canada, france, readSources } from './sources.ts';

const folder = fileURLToPath(new URL('../../../samples/labels/', import.meta.url));
const bands = (dn: number) => ({ B03: dn, B04: dn + 1, B05: dn + 2, B07: dn + 3, B08: dn + 4, B11: dn + 5 });
const row = (fields: Record<string, string | number>): Row =>
  Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, String(value)]));

describe('the committed label files', () => {
  let all: LabelledSeries[];
  beforeAll(async () => void (all = await readSources(folder)));

  test('are those of the README and no others', async () => {
    expect((await readdir(folder)).sort()).toEqual([
      'README.md',
      'bavaria-2018-fields.geojson',
      'bavaria-2018-s2-l2a-timeseries.csv.gz',
      'canada-2017-monthly.csv.gz',
      'france-2023-dekadal.csv.gz',
    ]);
  });

  test('have no label that the mapping does not know, and every class of the model', () => {
    const names = temperate.classes.map(({ name }) => name);
    expect(new Set(all.map(({ className }) => className))).toEqual(new Set(names));
  });

  // Samples less those of the excluded labels, counted in the files by their label column.
  test('give as many series as have a usable label', () => {
    const count = (source: string) => all.filter((series) => series.source === source).length;
    expect(count('canada-2017')).toBe(2805 - 8 - 2 - 1 - 14);
    expect(count('france-2023')).toBe(377 - 3 - 1);
    expect(count('bavaria-2018')).toBe(259);
  });

  test('map only labels that occur', async () => {
    const table = async (name: string) => readTable(name, await readFile(`${folder}${name}`));
    const used = {
      canada: new Set((await table('canada-2017-monthly.csv.gz')).map(canada.labelOf)),
      france: new Set((await table('france-2023-dekadal.csv.gz')).map(france.labelOf)),
    };
    const known = ({ mapping }: typeof canada) =>
      new Set([...Object.values(mapping.classes).flat(), ...Object.keys(mapping.excluded)]);
    expect(known(canada)).toEqual(used.canada);
    expect(known(france)).toEqual(used.france);
  });

  test('hold nothing within 150 km of the demo season', () => {
    const [lon, lat] = [4.063, 50.746];
    const kilometres = (series: LabelledSeries) =>
      Math.hypot((series.lat - lat) * 111.2, (series.lon - lon) * 111.2 * Math.cos((lat * Math.PI) / 180));
    expect(Math.min(...all.map(kilometres))).toBeGreaterThan(150);
  });

  test('stand inside the polygon of validity', () => {
    const inside = ({ lat, lon }: LabelledSeries) =>
      temperate.validBoxes.some(([west, south, east, north]) => lon > west && lon < east && lat > south && lat < north);
    expect(all.filter((series) => !inside(series))).toEqual([]);
  });

  test('hold reflectances: positive, and present in all six bands or in none', () => {
    for (const { id, composites } of all) {
      const values = composites.filter((value) => !Number.isNaN(value));
      expect(values.length, id).toBe(6 * presentDekads(composites).length);
      expect(
        values.every((value) => value > 0 && value < 3),
        id,
      ).toBe(true);
    }
  });
});

test('monthly values stand in the middle dekad of their month of the season, as reflectance', () => {
  const sample = { sample_id: 'a', lat: 45, lon: -75, label: 'Maize', landcover_code: 11 };
  const [series] = readCompositeTable(canada, [
    row({ ...sample, date: '2017-02', ...bands(500) }),
    row({ ...sample, date: '2017-03', ...bands(1000) }),
    row({ ...sample, date: '2017-06', ...bands(2000), B11: '' }),
    row({ ...sample, date: '2017-07', ...bands(3000) }),
    row({ ...sample, date: '2017-11', ...bands(4000) }),
    row({ ...sample, date: '2018-03', ...bands(5000) }),
  ]);
  expect(presentDekads(series.composites)).toEqual([1, 13, 25]);
  const value = (band: number, dekad: number) => series.composites[band * seasonDekads + dekad];
  expect(value(0, 1)).toBeCloseTo(0.1, 6);
  expect(value(5, 13)).toBeCloseTo(0.3005, 6);
  expect(value(4, 25)).toBeCloseTo(0.4004, 6);
});

test('ten-day values stand in their dekad', () => {
  const sample = { sample_id: 'a', lat: 48, lon: 0, label: 'maize' };
  const dates = ['2023-02-21', '2023-03-01', '2023-05-21', '2023-11-21', '2023-12-01'];
  const [series] = readCompositeTable(
    france,
    dates.map((date) => row({ ...sample, date, ...bands(1000) })),
  );
  expect(presentDekads(series.composites)).toEqual([0, 8, 26]);
});

test('a field is the median of its clear dates in each dekad', () => {
  const field = { field_id: 'f', crop: 'silage maize', lat: 48.4, lon: 11.6 };
  const date = (day: string, cloud: number | string, dn: number) =>
    row({ field_id: 'f', date: day, cloud, ...bands(dn) });
  const [series] = readFieldTable(
    bavaria,
    [field],
    [
      date('2018-04-01', 0, 1000),
      date('2018-04-05', 0.1, 3000),
      date('2018-04-07', 0.11, 9000),
      date('2018-04-10', '', 9000),
      date('2018-04-11', 0.05, 5000),
    ],
  );
  expect(series.className).toBe('maize');
  expect(presentDekads(series.composites)).toEqual([3, 4]);
  expect(series.composites[3]).toBeCloseTo(0.2, 6);
  expect(series.composites[4]).toBeCloseTo(0.5, 6);
});
