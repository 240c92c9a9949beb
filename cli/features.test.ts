import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { featureNames } from '#shared/features/feature-names.ts';
import { seriesFeatures } from '#shared/features/table.ts';
import { gdalTest, inspectCog, runPython } from '#shared/testing/fixtures/cog/gdal.ts';
import { mustRun, runCli } from '#shared/testing/run-cli.ts';
import { demoSeason } from '#shared/testing/season-copy.ts';
import { workFolder } from '#shared/testing/work-folder.ts';

const folder = workFolder('features');
const home = join(folder, 'home');
const out = join(folder, 'features.tif');
const when = ['--year', '2019', '--season', 'northern-summer'];
const area = ['--stac', demoSeason, '--at', '4.063,50.746,150', ...when];
let document: { folder: string; pixels: { total: number; valid: number }; files: { name: string }[] };

beforeAll(async () => {
  document = JSON.parse((await mustRun(['features', ...area, '--out', out, '--json'], { home })).stdout);
}, 60_000);

const reader = new URL('../shared/testing/fixtures/map/read_series.py', import.meta.url).pathname;

interface Series {
  /** [band][dekad] reflectance, null = missing. */
  composites: (number | null)[][];
  features: number[];
}

gdalTest('features.tif has 51 described bands, NaN where there is nothing', async () => {
  const view = await inspectCog(out);
  expect([view.errors, view.warnings, view.epsg]).toEqual([[], [], '32631']);
  expect(view.bands.map(({ description }) => description)).toEqual(featureNames);
  expect(view.bands).toHaveLength(51);
  expect(new Set(view.bands.map(({ type, nodata }) => `${type} ${nodata}`))).toEqual(new Set(['Float32 nan']));
  expect(document.pixels).toEqual({ total: expect.any(Number), valid: document.pixels.total, nodata: 0 });
  expect(document.files[0].name).toBe('features.tif');
});

gdalTest('its values are the features of what GDAL reads in the scenes', async () => {
  const places = ['4.063,50.746', '4.0642,50.7455', '4.0618,50.7467'];
  const found = JSON.parse(await runPython([reader, demoSeason, out, '2019', ...places])) as Series[];
  for (const { composites, features } of found) {
    const reflectance = Float32Array.from(composites.flat(), (value) => value ?? NaN);
    expect(composites[0].filter((value) => value !== null).length).toBeGreaterThan(10);
    const wanted = seriesFeatures(reflectance)!;
    features.forEach((value, i) =>
      expect([featureNames[i], value]).toEqual([featureNames[i], expect.closeTo(wanted[i], 5)]),
    );
  }
});

describe('features of a table', () => {
  const table = (text: string) => {
    writeFileSync(join(folder, 'series.csv'), text);
    return ['features', '--table', join(folder, 'series.csv'), ...when];
  };
  const header = 'id,date,B03,B04,B05,B07,B08,B11\n';
  const rows = ['04-15', '06-15', '08-15']
    .map((day, i) => `a,2019-${day},600,${400 + i},900,2500,3000,1800\n`)
    .join('');

  test('are one row a series, empty where there is too little to see', async () => {
    const csv = join(folder, 'features.csv');
    const { stdout } = await mustRun(
      [...table(`${header}${rows}b,2019-05-05,600,400,900,2500,3000,1800\n`), '--out', csv],
      { home },
    );
    expect(stdout).toMatch(/2 series, 1 of them with fewer than 3 dekads/);
    const lines = readFileSync(csv, 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => line.split(','));
    expect(lines[0]).toEqual(['id', ...featureNames]);
    expect([lines[1][0], lines[1].slice(1).every((cell) => Number.isFinite(Number(cell)) && cell !== '')]).toEqual([
      'a',
      true,
    ]);
    expect(lines[2]).toEqual(['b', ...featureNames.map(() => '')]);
  });

  test.each([
    ['id,date,B03\n', /no column B04, B05, B07, B08, B11/],
    [`${header}a,yesterday,1,1,1,1,1,1\n`, /line 2 of the table.*"yesterday" is no date/],
    [`${header}a,2019-05-05,1,x,1,1,1,1\n`, /line 2 of the table.*"x" in B04 is no number/],
  ])('that is wrong are refused by line: %j', async (text, wanted) => {
    const csv = join(folder, 'refused.csv');
    const { code, stderr } = await runCli([...table(text), '--out', csv], { home });
    expect([code, stderr, existsSync(csv)]).toEqual([3, expect.stringMatching(wanted), false]);
  });
});
