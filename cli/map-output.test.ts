import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import sharp from 'sharp';
import { beforeAll, describe, expect, test } from 'vitest';
import { reportJsonSchema, type Report } from '#shared/domain/report.ts';
import { gdalTest, inspectCog, runPython, type GdalView } from '#shared/testing/fixtures/cog/gdal.ts';
import { mustRun } from '#shared/testing/run-cli.ts';
import { demoSeason } from '#shared/testing/season-copy.ts';
import { stacItemFaults } from '#shared/testing/stac-schemas.ts';
import { workFolder } from '#shared/testing/work-folder.ts';

const folder = workFolder('map-output');
const home = join(folder, 'home');
const out = join(folder, 'flanders');
/** A triangle with a hole, across a chunk line of the grid. */
const polygon = {
  type: 'Polygon',
  coordinates: [
    [
      [4.0598, 50.7438],
      [4.0666, 50.7441],
      [4.0631, 50.7484],
      [4.0598, 50.7438],
    ],
    [
      [4.0625, 50.7445],
      [4.0635, 50.7445],
      [4.063, 50.7455],
      [4.0625, 50.7445],
    ],
  ],
};
const model = JSON.parse(readFileSync(new URL('../samples/models/temperate/model.json', import.meta.url), 'utf8'));
let report: Report;

const readJson = (path: string) => JSON.parse(readFileSync(path, 'utf8'));
const mapArgs = (...area: string[]) => [
  'map',
  '--stac',
  demoSeason,
  ...area,
  '--year',
  '2019',
  '--season',
  'northern-summer',
];

beforeAll(async () => {
  await mustRun([...mapArgs('--at', '4.063,50.746,300'), '--out', out], { home });
  report = readJson(join(out, 'report.json'));
}, 60_000);

const counter = new URL('../shared/testing/fixtures/map/count_area.py', import.meta.url).pathname;
/** What GDAL counts in a map and in its area. */
const count = async (kind: string, area: string, raster: string) =>
  JSON.parse(await runPython([counter, kind, area, raster]));

describe('map.tif', () => {
  gdalTest('is a valid COG with CRS, transform, palette, nodata, names and descriptions', async () => {
    const view: GdalView = await inspectCog(join(out, 'map.tif'));
    expect([view.errors, view.warnings]).toEqual([[], []]);
    // The circle lies in one chunk of 5120 m: columns 112, rows 1098.
    expect([view.epsg, view.size]).toEqual(['32631', [512, 512]]);
    expect(view.transform).toEqual([573_440, 10, 0, 5_626_880, 0, -10]);
    const [classes, confidence] = view.bands;
    expect([classes.description, confidence.description]).toEqual(['class', 'confidence']);
    expect([classes.type, confidence.type, classes.nodata, confidence.nodata]).toEqual(['Byte', 'Byte', 0, 0]);
    const hex = classes.colours!.slice(1, 8).map((colour) => `#${Buffer.from(colour.slice(0, 3)).toString('hex')}`);
    expect(hex).toEqual(model.classes.map(({ color }: { color: string }) => color));
    expect(classes.categories).toEqual(['no data', ...model.classes.map(({ title }: { title: string }) => title)]);
    expect(view.metadata).toMatchObject({
      GEOCROP_SEASON: 'northern-summer 2019',
      ATTRIBUTION: expect.stringContaining('Copernicus'),
    });
  });

  gdalTest('holds what the report says, pixel by pixel', async () => {
    const seen = await count('circle', '4.063,50.746,300', join(out, 'map.tif'));
    expect(report.pixels).toEqual({ total: seen.inside, valid: seen.valid, nodata: seen.inside - seen.valid });
    expect([seen.outside, seen.lonely]).toEqual([0, 0]);
    expect(report.classes.map(({ pixels }) => pixels)).toEqual(seen.classes.slice(1));
    expect(report.meanConfidence).toBeCloseTo(seen.confidence, 1);
    expect(seen.range[0]).toBeGreaterThanOrEqual(1);
    expect(seen.range[1]).toBeLessThanOrEqual(100);
  });

  gdalTest('of a polygon with a hole has the pixels that GDAL burns', async () => {
    const area = join(folder, 'area.geojson');
    writeFileSync(area, JSON.stringify(polygon));
    await mustRun([...mapArgs('--aoi', area), '--out', join(folder, 'polygon')], { home });
    const seen = await count('polygon', area, join(folder, 'polygon', 'map.tif'));
    const { pixels } = readJson(join(folder, 'polygon', 'report.json'));
    expect(seen.inside).toBeGreaterThan(500);
    expect([pixels.total, seen.outside]).toEqual([seen.inside, 0]);
  });
});

describe('report.json', () => {
  test('is what its JSON Schema says', () => {
    const validate = new Ajv2020({ strict: false, validateFormats: false }).compile(reportJsonSchema());
    expect([validate(report), validate.errors]).toEqual([true, null]);
    expect(validate({ ...report, pixels: { total: -1 } })).toBe(false);
  });

  test('adds up: hectares, pixels, scenes, files', () => {
    const hectares = report.classes.reduce((sum, each) => sum + each.hectares, 0);
    expect(hectares).toBeCloseTo(report.pixels.valid / 100, 6);
    expect(report.classes.reduce((sum, each) => sum + each.share, 0)).toBeCloseTo(1, 3);
    expect(report.pixels.valid + report.pixels.nodata).toBe(report.pixels.total);
    expect(report.scenes.used).toHaveLength(41);
    expect(report.scenes.used.every(({ datetime }) => datetime >= '2019-03-01' && datetime < '2019-12-01')).toBe(true);
    for (const { name, bytes, sha256 } of report.files) {
      const data = readFileSync(join(out, name));
      expect([data.length, createHash('sha256').update(data).digest('hex')]).toEqual([bytes, sha256]);
    }
  });

  test('lies with the map, and nothing else does', () => {
    expect(readdirSync(out).toSorted()).toEqual(['item.json', 'map.png', 'map.tif', 'map.tif.aux.xml', 'report.json']);
    expect(readdirSync(folder).filter((name) => name.endsWith('.partial'))).toEqual([]);
  });
});

describe('item.json', () => {
  test('satisfies STAC 1.1.0 and the extensions that it names', () => {
    const item = readJson(join(out, 'item.json'));
    expect(stacItemFaults(item)).toEqual([]);
    expect(item.stac_extensions).toHaveLength(4);
    expect(stacItemFaults({ ...item, bbox: [1] }).length).toBeGreaterThan(0);
    const wrong = structuredClone(item);
    wrong.assets.map['file:size'] = 'large';
    expect(stacItemFaults(wrong).length).toBeGreaterThan(0);
  });

  test('names the classes, the scenes and the files', () => {
    const item = readJson(join(out, 'item.json'));
    const [classes] = item.assets.map.bands;
    expect(classes['classification:classes'].map(({ value }: { value: number }) => value)).toEqual([
      0, 1, 2, 3, 4, 5, 6, 7,
    ]);
    expect(classes['classification:classes'][1]).toEqual({
      value: 1,
      name: 'maize',
      title: 'Maize',
      color_hint: 'F5C400',
    });
    const sources = item.links.filter(({ rel }: { rel: string }) => rel === 'derived_from');
    expect(sources.map(({ title }: { title: string }) => title).toSorted()).toEqual(
      report.scenes.used.map(({ id }) => id).toSorted(),
    );
    for (const asset of Object.values(item.assets) as { href: string; 'file:size'?: number }[])
      expect(statSync(join(out, asset.href)).size).toBe(asset['file:size'] ?? expect.any(Number));
    const [west, south, east, north] = item.bbox;
    for (const [lon, lat] of item.geometry.coordinates[0]) {
      expect(lon).toBeGreaterThan(west);
      expect(lon).toBeLessThan(east);
      expect(lat).toBeGreaterThan(south);
      expect(lat).toBeLessThan(north);
    }
  });
});

test('map.png shows the area in the colours of its classes', async () => {
  const { data, info } = await sharp(join(out, 'map.png')).ensureAlpha().raw().toBuffer({ resolveWithObject: true });
  expect(info.width).toBe(info.height);
  const colours = new Map<string, number>();
  for (let at = 0; at < data.length; at += 4) {
    const colour = data[at + 3] === 0 ? 'clear' : `#${data.subarray(at, at + 3).toString('hex')}`;
    colours.set(colour, (colours.get(colour) ?? 0) + 1);
  }
  const shown = report.classes.filter(({ pixels }) => pixels > 0);
  // A small map is enlarged: every pixel becomes so many.
  const each = colours.get(shown[0].color)! / shown[0].pixels;
  expect(Math.sqrt(each) % 1).toBe(0);
  for (const { color, pixels } of shown) expect(colours.get(color)).toBe(pixels * each);
  expect(colours.size).toBe(shown.length + 1);
});
