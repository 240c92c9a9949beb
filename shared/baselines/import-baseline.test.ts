import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { fileSource } from '#shared/raster/file-source.ts';
import { directoryStore } from '#shared/storage/directory-store.ts';
import { gdalTest, inspectCog, runPython } from '#shared/testing/fixtures/cog/gdal.ts';
import { workFolder } from '#shared/testing/work-folder.ts';
import { readBaselineCatalog } from '#shared/tiles/baseline-catalog.ts';
import { baselinePlace, type BaselineChoice } from './baseline-place.ts';
import type { GivenNodata } from './class-values.ts';
import { importBaseline } from './import-baseline.ts';

const folder = workFolder('baselines');
const script = new URL('../testing/fixtures/baselines/exports.py', import.meta.url).pathname;
const degree = 8.983152841195215e-5;
const dwClasses = [0, 1, 2, 3, 4, 5, 6, 7, 8];
const dw: BaselineChoice = { kind: 'dynamic-world', year: 2022, region: 'zim', season: 'summer' };

interface Piece {
  col: number;
  row: number;
  width: number;
  height: number;
  name: string;
  [more: string]: unknown;
}

/** As Earth Engine names the pieces of a large export: by row and column of their first pixel. */
const piece = (col: number, row: number, width: number, height: number, more: Record<string, unknown> = {}): Piece => {
  const digits = (n: number) => String(n).padStart(10, '0');
  return { col, row, width, height, name: `dw_2022-${digits(row)}-${digits(col)}.tif`, ...more };
};

const degrees = { crs: 4326, pixel: degree, x: 350_000 * degree, y: -190_000 * degree };
const utm = { crs: 32736, pixel: 10, x: 300_000, y: 8_020_000 };
const dwExport = { ...degrees, dtype: 'uint8', nodata: 255, fill: 255, values: dwClasses };
/** 1300 x 1100 pixels, the lower right piece is not there. */
const corner = [piece(0, 0, 768, 512), piece(768, 0, 532, 512), piece(0, 512, 768, 588)];

let made = 0;
async function exportOf(spec: Record<string, unknown> & { pieces: Piece[] }): Promise<string[]> {
  const out = join(folder, `export-${made++}`);
  mkdirSync(out);
  await runPython([script, 'make', out, JSON.stringify(spec)]);
  return spec.pieces.map(({ name }) => join(out, name));
}

async function importOf(paths: string[], choice = dw, nodata: GivenNodata = null, signal?: AbortSignal) {
  const root = join(folder, `store-${made++}`);
  mkdirSync(root);
  const store = directoryStore(root);
  const rows: string[] = [];
  const onRow = (done: number, of: number) => void rows.push(`${done}/${of}`);
  const open = (path: string) => fileSource(path);
  const inputs = { store, open, spoolPath: join(root, 'spool.tmp'), nodata, onRow, signal };
  const work = importBaseline(paths, baselinePlace(choice), inputs);
  return { root, store, rows, work, file: join(root, baselinePlace(choice).key) };
}

const checked = async (file: string, nodata: number, paths: string[]) =>
  JSON.parse(await runPython([script, 'check', file, String(nodata), ...paths]));

describe('an import is the mosaic that GDAL makes of the pieces, as a valid COG', () => {
  gdalTest('Dynamic World in degrees: four pieces of which one is missing, a hole, water is 0', async () => {
    const paths = await exportOf({ ...dwExport, holes: [[500, 300, 900, 480]], pieces: corner });
    const { file, work, rows, store, root } = await importOf(paths.toReversed());
    const imported = await work;
    expect(rows).toEqual(['1/3', '2/3', '3/3']);
    expect(imported).toMatchObject({
      width: 1300,
      height: 1100,
      epsg: 4326,
      conflicts: 0,
      key: 'dw/zim/summer/2022.tif',
    });
    const empty = 532 * 588 + 400 * 180;
    expect(imported.validPixels).toBe(1300 * 1100 - empty);
    expect(imported.pixels['0']).toBeGreaterThan(1000);
    expect(await checked(file, 255, paths)).toEqual({
      different: 0,
      empty,
      classes: [...dwClasses, 255],
      placed: true,
      overviews: [0, 0],
    });
    const view = await inspectCog(file);
    expect(view).toMatchObject({ warnings: [], errors: [], size: [1300, 1100], epsg: '4326', projected: false });
    expect(view.structure).toMatchObject({ COMPRESSION: 'DEFLATE' });
    const [band] = view.bands;
    expect(band).toMatchObject({
      type: 'Byte',
      nodata: 255,
      block: [512, 512],
      overviews: [
        [650, 550],
        [325, 275],
      ],
    });
    expect(band.colours!.slice(0, 5)).toEqual([
      [65, 155, 223, 255],
      [57, 125, 73, 255],
      [136, 176, 83, 255],
      [122, 135, 198, 255],
      [228, 150, 53, 255],
    ]);
    // Row by row: the tile that only the missing piece would fill is not stored.
    expect(band.sparse).toEqual([false, false, false, false, false, true, false, false, true]);
    const { entries, problems } = await readBaselineCatalog(store);
    expect(problems).toEqual([]);
    expect(entries.map(({ key }) => key)).toEqual(['dw/zim/summer/2022.tif']);
    expect(entries[0].baseline).toMatchObject({ id: 'dw-zim-summer-2022', kind: 'dynamic-world', year: 2022 });
    expect(entries[0].baseline.classes[4]).toEqual({ value: 4, name: 'crops', title: 'Crops', color: '#e49635' });
    const [west, south, east, north] = entries[0].baseline.bbox;
    expect([west, north]).toEqual([expect.closeTo(degrees.x, 9), expect.closeTo(degrees.y, 9)]);
    expect([east - west, north - south]).toEqual([expect.closeTo(1300 * degree, 9), expect.closeTo(1100 * degree, 9)]);
    expect(readdirSync(root)).toEqual(['dw']);
  });

  const striped = ['COMPRESS=DEFLATE', 'TILED=NO'];
  gdalTest('float32 with NaN in UTM, striped, pieces that overlap', async () => {
    const pieces = [
      piece(0, 0, 700, 600, { options: striped }),
      piece(690, 0, 500, 600, { options: ['COMPRESS=LZW', 'TILED=NO', 'BLOCKYSIZE=100'] }),
      piece(0, 590, 1190, 30, { options: [] }),
    ];
    const spec = {
      ...utm,
      dtype: 'float32',
      nodata: 'nan',
      fill: null,
      values: dwClasses,
      holes: [[100, 100, 720, 300]],
      pieces,
    };
    const paths = await exportOf(spec);
    const { file, work } = await importOf(paths);
    expect(await work).toMatchObject({ epsg: 32736, conflicts: 0 });
    expect(await checked(file, 255, paths)).toMatchObject({
      different: 0,
      empty: 620 * 200,
      placed: true,
      overviews: [0, 0],
    });
    expect(await inspectCog(file)).toMatchObject({ warnings: [], errors: [], epsg: '32736', projected: true });
  });

  gdalTest('int8 without a nodata value: a masked pixel is 0, and is taken for water', async () => {
    const paths = await exportOf({
      ...dwExport,
      dtype: 'int8',
      nodata: null,
      fill: 0,
      holes: [[0, 0, 50, 50]],
      pieces: [piece(0, 0, 300, 200)],
    });
    const { file, work } = await importOf(paths);
    const imported = await work;
    expect(imported.validPixels).toBe(300 * 200);
    expect(await checked(file, 255, paths)).toMatchObject({ different: 0, empty: 0, overviews: [] });
  });

  gdalTest('ESA WorldCover: 0 is no data without being named', async () => {
    const values = [10, 20, 30, 40, 50, 60, 70, 80, 90, 95, 100];
    const paths = await exportOf({
      ...dwExport,
      nodata: null,
      fill: 0,
      values,
      holes: [[10, 10, 200, 200]],
      pieces: [piece(0, 0, 600, 600)],
    });
    const { file, work, store } = await importOf(paths, { ...dw, kind: 'worldcover', year: 2021 });
    expect(await work).toMatchObject({ key: 'worldcover/zim/2021.tif', validPixels: 600 * 600 - 190 * 190 });
    expect(await checked(file, 0, paths)).toMatchObject({ different: 0, empty: 190 * 190, classes: [0, ...values] });
    const { entries } = await readBaselineCatalog(store);
    expect(entries[0].baseline).toMatchObject({ id: 'worldcover-2021', kind: 'worldcover' });
  });

  gdalTest('where pieces that overlap differ, the first by name counts, and it is said how often', async () => {
    const second = piece(250, 0, 250, 200, {
      set: [
        [10, 10, 1],
        [11, 10, 1],
      ],
    });
    const first = piece(0, 0, 300, 200, {
      set: [
        [260, 10, 6],
        [261, 10, 6],
      ],
    });
    const paths = await exportOf({ ...dwExport, pieces: [first, second] });
    const { work, file } = await importOf(paths.toReversed());
    expect((await work).conflicts).toBe(2);
    // GDAL puts later files on top.
    expect(await checked(file, 255, paths.toReversed())).toMatchObject({ different: 0 });
  });
});

describe('what it cannot take is one sentence that names the file', () => {
  const small = (more: Record<string, unknown> = {}) => piece(0, 0, 64, 64, more);
  const beside = (more: Record<string, unknown> = {}) => piece(64, 0, 64, 64, more);
  const name = /export-\d+\/dw_2022-0{10}-0{8}64\.tif/;
  const cases: [string, Record<string, unknown>, Piece[], RegExp[]][] = [
    [
      'another CRS',
      {},
      [small(), beside({ crs: 32736 })],
      [name, /is in EPSG:32736, .* in EPSG:4326; export all pieces in one CRS/],
    ],
    [
      'a CRS that is neither',
      { crs: 3857, pixel: 10 },
      [small()],
      [/Pseudo-Mercator; export it in EPSG:4326 or in a UTM zone/],
    ],
    ['another pixel size', {}, [small(), beside({ pixel: degree * 1.01 })], [name, /export all pieces at one scale/]],
    [
      'pixels between those of the others',
      {},
      [small(), beside({ shift: 0.4 })],
      [name, /lie 0\.40 of a pixel beside/],
    ],
    ['more bands', {}, [small({ bands: 2 })], [/has 2 bands; export the one band/]],
    [
      'a value that is no class',
      {},
      [small(), beside({ set: [[5, 9, 12]] })],
      [name, /holds 12 at column 5, row 9 \(31\.44\d+, -17\.068\d+\), which is no class of Dynamic World \(0, 1,/],
    ],
    [
      'a probability instead of a class',
      { dtype: 'float32', nodata: null },
      [small({ set: [[1, 0, 0.25]] })],
      [/holds 0\.25 at column 1, row 0/],
    ],
    [
      'masked with 255 that nobody names',
      { nodata: null, holes: [[3, 2, 9, 9]] },
      [small()],
      [/holds 255 at column 3, row 2 .*--nodata 255/],
    ],
    ['water named as no data', { nodata: 0 }, [small()], [/says that 0 is no data, but 0 is Water .*--nodata none/]],
    ['nothing but holes', { holes: [[0, 0, 64, 64]] }, [small()], [/no pixel with a class/]],
  ];
  for (const [what, more, pieces, messages] of cases)
    gdalTest(what, async () => {
      const paths = await exportOf({ ...dwExport, ...more, pieces });
      const { work, root } = await importOf(paths);
      const error = await work.then(
        () => null,
        (reason: unknown) => reason as Error,
      );
      expect(error).toMatchObject({ code: 'invalid-source', field: 'files' });
      for (const message of messages) expect(error!.message).toMatch(message);
      expect(readdirSync(root)).toEqual([]);
    });

  test('a file that is not there, or no GeoTIFF', async () => {
    for (const path of [join(folder, 'nothing.tif'), script]) {
      const { work } = await importOf([path]);
      await expect(work).rejects.toMatchObject({ code: 'invalid-source', message: expect.stringContaining(path) });
      await expect(work).rejects.not.toMatchObject({ message: expect.stringContaining('scene') });
    }
  });

  gdalTest('pieces so far apart that they are no country', async () => {
    const paths = await exportOf({ ...dwExport, pieces: [small()] });
    const far = await exportOf({ ...dwExport, x: degrees.x - 2 ** 20 * degree, pieces: [beside()] });
    const { work } = await importOf([...paths, ...far]);
    await expect(work).rejects.toMatchObject({ message: expect.stringMatching(/more than a country at 10 m/) });
  });
});

describe('--nodata', () => {
  gdalTest('says what the files do not, and overrules a wrong one', async () => {
    const holes = [[3, 2, 9, 9]];
    const unnamed = await exportOf({ ...dwExport, nodata: null, holes, pieces: [piece(0, 0, 64, 64)] });
    expect((await (await importOf(unnamed, dw, 255)).work).validPixels).toBe(64 * 64 - 42);
    const water = await exportOf({ ...dwExport, nodata: 0, pieces: [piece(0, 0, 64, 64)] });
    const kept = await (await importOf(water, dw, 'none')).work;
    expect([kept.validPixels, kept.pixels['0'] > 0]).toEqual([64 * 64, true]);
    const left = await (await importOf(water, dw, 0)).work;
    expect([left.validPixels, left.pixels['0']]).toEqual([64 * 64 - kept.pixels['0'], 0]);
  });
});

gdalTest('an interrupted import leaves nothing', async () => {
  const paths = await exportOf({ ...dwExport, pieces: corner });
  const { work, root } = await importOf(paths, dw, null, AbortSignal.abort());
  await expect(work).rejects.toThrow(/abort/i);
  expect(readdirSync(root)).toEqual([]);
});

describe('the choice', () => {
  const refused: [string, Partial<BaselineChoice>, string][] = [
    ['an unknown kind', { kind: 'corine' }, 'kind'],
    ['a year before Sentinel-2', { year: 2014 }, 'year'],
    ['a year that is none', { year: '20x2' }, 'year'],
    ['a region that climbs', { region: '../x' }, 'region'],
    ['a season with a space', { season: 'a b' }, 'season'],
  ];
  test.each(refused)('%s is refused', (_, more, field) => {
    expect(() => baselinePlace({ ...dw, ...more })).toThrow(
      expect.objectContaining({ code: 'invalid-request', field }),
    );
  });

  test('names the layer and the key', () => {
    expect(baselinePlace({ ...dw, year: '2019' })).toMatchObject({
      id: 'dw-zim-summer-2019',
      key: 'dw/zim/summer/2019.tif',
    });
    expect(baselinePlace({ ...dw, kind: 'worldcover', region: 'moz', year: 2021 })).toMatchObject({
      id: 'worldcover-moz-2021',
      key: 'worldcover/moz/2021.tif',
    });
  });
});
