import { cpSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { gdalTest, inspectCog, runPython } from '#shared/testing/fixtures/cog/gdal.ts';
import { makeSeason, type MadeSeason } from '../make-season.ts';
import { demoSeason, parseCommand } from './options.ts';
import { aoiGeojson } from './stac.ts';

const folder = mkdtempSync(join(tmpdir(), 'make-season-'));
const out = join(folder, 'season');
const parameters = { chunksX: 1, chunksY: 1, dates: 3, seed: 5 };
let made: MadeSeason;

beforeAll(async () => {
  made = await makeSeason({ out, ...parameters });
}, 120_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Item {
  id: string;
  properties: Record<string, string | number>;
  assets: Record<string, { 'proj:transform': number[]; 'proj:shape': number[] }>;
}

const read = (path: string) => JSON.parse(readFileSync(path, 'utf8'));
const itemPaths = (): string[] =>
  read(join(out, 'collection.json')).links.map((link: { href: string }) => join(out, link.href));
const items = (): [string, Item][] => itemPaths().map((path) => [join(path, '..'), read(path)]);
const sceneFolder = (id: RegExp): string => {
  const found = items().find(([, item]) => id.test(item.id));
  if (!found) throw new Error(`no scene ${id}`);
  return found[0];
};

describe('the catalog', () => {
  test('links every item, each with its assets', () => {
    const bands = ['B02', 'B03', 'B04', 'B05', 'B07', 'B08', 'B11', 'SCL'];
    expect(itemPaths()).toHaveLength(made.items);
    for (const [path, item] of items()) {
      expect(Object.keys(item.assets).toSorted()).toEqual(bands);
      for (const band of bands) expect(statSync(join(path, `${band}.tif`)).size).toBeGreaterThan(1000);
    }
    expect(new Set(items().map(([, { id }]) => id)).size).toBe(made.items);
  });

  test('has two tiles in two zones, two platforms on one date, two baselines of one scene', () => {
    const properties = items().map(([, item]) => item.properties);
    const kinds = new Set(properties.map((p) => `${p['s2:mgrs_tile']} ${p['proj:epsg']}`));
    expect([...kinds].toSorted()).toEqual(['31UGS 32631', '32UKB 32632']);
    const key = (p: Item['properties']) => `${p.platform} ${p['s2:mgrs_tile']} ${p.datetime}`;
    const twice = properties.filter((p) => properties.filter((other) => key(other) === key(p)).length === 2);
    expect(twice.map((p) => p['s2:processing_baseline']).toSorted()).toEqual(['02.07', '02.07', '02.11', '02.11']);
    const lastDay = properties.filter((p) => String(p.datetime).startsWith('2019-11-27'));
    expect(new Set(lastDay.map((p) => p.platform)).size).toBe(2);
  });

  test('is centred in zone 31', () => {
    const [lon, lat] = made.centre;
    expect(lon).toBeGreaterThan(5.9);
    expect(lon).toBeLessThan(6);
    expect(lat).toBeCloseTo(50.75, 1);
    expect(made.chunks).toEqual([{ epsg: 32631, col: 138, row: 1099 }]);
    expect(made.window).toMatchObject({ originX: 138 * 5120, originY: 1100 * 5120, width: 512, height: 512 });
  });
});

/** For each pixel of a zone 32 band, PROJ finds the zone 31 pixel under its centre; prints how many there are and how many agree. */
const compareZones = `
import sys, numpy as np
from osgeo import gdal, osr
west, east = [gdal.Open(path) for path in sys.argv[1:3]]
a, b = west.ReadAsArray(), east.ReadAsArray()
ga, gb = west.GetGeoTransform(), east.GetGeoTransform()
move = osr.CoordinateTransformation(east.GetSpatialRef(), west.GetSpatialRef())
rows, cols = np.mgrid[0:b.shape[0]:3, 0:b.shape[1]]
xy = np.column_stack([gb[0] + (cols.ravel() + .5) * gb[1], gb[3] + (rows.ravel() + .5) * gb[5]])
at = np.array(move.TransformPoints(xy))[:, :2]
c, r = np.floor((at[:, 0] - ga[0]) / ga[1]).astype(int), np.floor((at[:, 1] - ga[3]) / ga[5]).astype(int)
ok = (c >= 0) & (r >= 0) & (c < a.shape[1]) & (r < a.shape[0])
print(ok.sum(), (a[r[ok], c[ok]] == b[rows.ravel()[ok], cols.ravel()[ok]]).mean(), a[r[ok], c[ok]].std())
`;

/** NumPy repeats the demo's scene classes to and fro; prints the share that agrees and what the others are. */
const compareDemo = `
import sys, glob, numpy as np
from osgeo import gdal
made = gdal.Open(sys.argv[1]); m = made.ReadAsArray(); g = made.GetGeoTransform()
s = gdal.Open(glob.glob(sys.argv[2] + '/**/S2_31UES_20190307_0_L2A/SCL.tif', recursive=True)[0]).ReadAsArray()
s = np.hstack([s, s[:, ::-1]]); s = np.vstack([s, s[::-1]])
c = ((g[0] + 20 * np.arange(m.shape[1]) - 574680) // 20).astype(int) % 64
r = ((5622440 - (g[3] - 20 * np.arange(m.shape[0]))) // 20).astype(int) % 64
want = s[np.ix_(r, c)]
print((m == want).mean(), *np.unique(m[m != want]))
`;

/** The first and last chunk column and row that a polygon's edges reach by PROJ. */
const chunksTouched = `
import json, sys
from osgeo import ogr, osr
shape = ogr.CreateGeometryFromJson(json.dumps(json.loads(sys.argv[1])['geometry']))
shape.Segmentize(0.001)
here, there = osr.SpatialReference(), osr.SpatialReference()
here.ImportFromEPSG(4326); here.SetAxisMappingStrategy(osr.OAMS_TRADITIONAL_GIS_ORDER)
there.ImportFromEPSG(32631)
shape.Transform(osr.CoordinateTransformation(here, there))
x0, x1, y0, y1 = shape.GetEnvelope()
print(*[int(value // 5120) for value in (x0, y0, x1, y1)])
`;

describe('judged by GDAL', () => {
  gdalTest('both tiles show the same ground where they overlap', async () => {
    for (const band of ['B04', 'SCL']) {
      const paths = [/31UGS_20190307_1/, /32UKB_20190307_1/].map((id) => join(sceneFolder(id), `${band}.tif`));
      const [count, agree, spread] = (await runPython(['-c', compareZones, ...paths])).trim().split(' ').map(Number);
      expect(count).toBeGreaterThan(3000);
      expect(agree).toBeGreaterThan(0.9999);
      expect(spread).toBeGreaterThan(0.5);
    }
  });

  gdalTest("scene classes are the demo's, mirrored, some copies clouded over", async () => {
    const path = join(sceneFolder(/31UGS_20190307_1/), 'SCL.tif');
    const [agree, ...others] = (await runPython(['-c', compareDemo, path, demoSeason])).trim().split(' ').map(Number);
    expect(agree).toBeGreaterThan(0.7);
    expect(agree).toBeLessThan(1);
    expect(others).toEqual([9]);
  });

  gdalTest('assets are valid COGs where their item says they are', async () => {
    for (const id of [/31UGS_20190307_1/, /32UKB_20190307_1/]) {
      const path = sceneFolder(id);
      const [, item] = items().find(([where]) => where === path)!;
      for (const band of ['B08', 'B11', 'SCL']) {
        const seen = await inspectCog(join(path, `${band}.tif`));
        expect(seen).toMatchObject({ warnings: [], errors: [], epsg: String(item.properties['proj:epsg']) });
        const [a, b, c, d, e, f] = item.assets[band]['proj:transform'];
        expect(seen.transform).toEqual([c, a, b, f, d, e]);
        expect(seen.size.toReversed()).toEqual(item.assets[band]['proj:shape']);
        expect(seen.bands[0]).toMatchObject({ nodata: 0, type: band === 'SCL' ? 'Byte' : 'UInt16' });
      }
    }
  });

  gdalTest('the area touches exactly the chunks', async () => {
    const polygon = JSON.stringify(aoiGeojson(32631, [137 * 5120, 1098 * 5120, 140 * 5120, 1100 * 5120]));
    const chunks = (await runPython(['-c', chunksTouched, polygon])).trim();
    expect(chunks).toBe('137 1098 139 1099');
  });

  gdalTest('the older baseline is half as bright', async () => {
    const mean =
      'import sys; from osgeo import gdal; print(*[gdal.Open(p).ReadAsArray().mean() for p in sys.argv[1:]])';
    const older = sceneFolder(/31UGS_.*_0_L2A/);
    const paths = [older, older.replace(/_0_L2A$/, '_1_L2A')].map((path) => join(path, 'B08.tif'));
    const [stale, fresh] = (await runPython(['-c', mean, ...paths])).split(' ').map(Number);
    expect(stale / fresh).toBeCloseTo(0.5, 1);
  });
});

describe('making it again', () => {
  const snapshot = (root: string) =>
    readdirSync(root, { recursive: true, encoding: 'utf8' })
      .toSorted()
      .map((name) => join(root, name))
      .filter((path) => statSync(path).isFile());

  test('a finished season is left as it is', async () => {
    const before = snapshot(out).map((path) => statSync(path).mtimeMs);
    expect(await makeSeason({ out, ...parameters })).toEqual(made);
    expect(snapshot(out).map((path) => statSync(path).mtimeMs)).toEqual(before);
  });

  test('an unfinished season is completed to the same bytes', async () => {
    const again = join(folder, 'again');
    cpSync(out, again, { recursive: true });
    writeFileSync(join(again, 'season.json'), JSON.stringify({ generator: 1, ...parameters, complete: false }));
    for (const name of ['collection.json', 'aoi.geojson']) rmSync(join(again, name));
    rmSync(sceneFolder(/32UKB_20190307_1/).replace(out, again), { recursive: true });
    await makeSeason({ out: again, ...parameters });
    const [first, second] = [snapshot(out), snapshot(again)];
    expect(second.map((path) => path.replace(again, out))).toEqual(first);
    expect(first.every((path, i) => readFileSync(path).equals(readFileSync(second[i])))).toBe(true);
  });

  test('other parameters and foreign folders are refused', async () => {
    await expect(makeSeason({ out, ...parameters, seed: 6 })).rejects.toThrow(/other parameters/);
    const foreign = join(folder, 'foreign');
    mkdirSync(foreign);
    writeFileSync(join(foreign, 'thesis.txt'), 'mine');
    await expect(makeSeason({ out: foreign, ...parameters })).rejects.toMatchObject({ code: 'output-exists' });
    expect(readdirSync(foreign)).toEqual(['thesis.txt']);
  });
});

test.each([
  [['--chunks', '2x2'], /--out is missing/],
  [['--out', 'x', '--chunks', '2'], /takes 3x2/],
])('%j is refused', (argv, message) => {
  expect(() => parseCommand(argv)).toThrow(message);
});

test.each([{ chunksX: 0 }, { chunksY: 13 }, { dates: NaN }, { dates: 1.5 }, { seed: -1 }, { dates: 300 }])(
  '%j makes nothing',
  async (wrong) => {
    const nothing = join(folder, 'nothing');
    await expect(makeSeason({ out: nothing, ...wrong })).rejects.toThrow(/whole numbers|has \d+ dates/);
    expect(() => statSync(nothing)).toThrow();
  },
);
