import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import type { GridWindow } from '#shared/domain/grid.ts';
import { fileSource } from '#shared/raster/file-source.ts';
import { openRaster } from '#shared/raster/raster.ts';
import { gdalTest, runPython } from '#shared/testing/fixtures/cog/gdal.ts';
import { workFolder } from '#shared/testing/work-folder.ts';
import { parcels } from './parcels.ts';
import { sieve } from './sieve.ts';

const script = fileURLToPath(new URL('../testing/fixtures/parcels/polygonize.py', import.meta.url));
const demo = fileURLToPath(new URL('../testing/fixtures/parcels/map.tif', import.meta.url));
const work = workFolder('parcels');
const folderOf = () => mkdtempSync(join(work, 'map-'));
const pause = () => Promise.resolve();

interface Facts {
  value: number | string;
  pixels: number;
  box: number[];
  holes: number;
  valid: boolean;
  closed?: boolean;
  winding?: boolean;
  hectares?: number;
}

interface ClassMap {
  window: GridWindow;
  classes: Uint8Array;
  confidence: Uint8Array;
  /** A GeoTIFF of it. */
  path: string;
}

const windowOf = (width: number, height: number): GridWindow => ({
  epsg: 32736,
  originX: 250_000,
  originY: 8_020_000,
  pixelSize: 10,
  width,
  height,
});

/** Numbers that look random and are the same in every run (mulberry32). */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

async function mapOf(window: GridWindow, classes: Uint8Array): Promise<ClassMap> {
  const path = join(folderOf(), 'map.tif');
  const { width, height, epsg, originX, originY } = window;
  const size = [width, height, epsg, originX, originY].map(String);
  execFileSync('/usr/bin/python3', [script, 'raw', ...size, path], { input: classes });
  return { window, classes, confidence: new Uint8Array(classes.length).fill(80), path };
}

/** Fields of some pixels with noise in them, in a circle: what a map looks like before anybody has smoothed it. */
function noisyFields(seed: number, width: number, height: number, noise: number, values: number): Uint8Array {
  const random = randomOf(seed);
  const fields = Array.from({ length: 400 }, () => 1 + Math.floor(random() * values));
  return Uint8Array.from({ length: width * height }, (_, at) => {
    const [x, y] = [at % width, Math.floor(at / width)];
    if (Math.hypot(x - width / 2, y - height / 2) > Math.min(width, height) / 2) return 0;
    if (random() < noise) return Math.floor(random() * (values + 1));
    return fields[(Math.floor(x / 9) * 7 + Math.floor(y / 13) * 31) % 400];
  });
}

async function demoMap(): Promise<ClassMap> {
  const raster = await openRaster(fileSource(demo));
  const all = { col: 0, row: 0, width: raster.width, height: raster.height };
  const plane = async (band: number) => (await raster.readWindow({ ...all, band })) as Uint8Array;
  const { originX, originY, pixelWidth } = raster.transform;
  const window = { epsg: 32631, originX, originY, pixelSize: pixelWidth, width: raster.width, height: raster.height };
  return { window, classes: await plane(1), confidence: await plane(2), path: demo };
}

async function ours({ window, classes, confidence }: ClassMap) {
  const features: Record<string, never>[] = [];
  const planes = { window, classes: Uint8Array.from(classes), confidence };
  for await (const text of parcels(planes, new Map(), pause)) features.push(JSON.parse(text));
  return { type: 'FeatureCollection', features };
}

const sorted = (facts: Facts[]) =>
  facts.map(({ value, pixels, box, holes }) => JSON.stringify([Number(value), Math.round(pixels), box, holes])).sort();

async function compare(map: ClassMap): Promise<{ gdal: Facts[]; mine: Facts[]; sieved: Uint8Array }> {
  const folder = folderOf();
  const gdal = JSON.parse(await runPython([script, 'gdal', map.path, folder])) as Facts[];
  const file = join(folder, 'parcels.geojson');
  writeFileSync(file, JSON.stringify(await ours(map)));
  const mine = JSON.parse(await runPython([script, 'geojson', file, map.path])) as Facts[];
  return { gdal, mine, sieved: readFileSync(join(folder, 'sieved.raw')) };
}

const cases: [string, () => Promise<ClassMap>][] = [
  ['the demo map', demoMap],
  ['fields with little noise', () => mapOf(windowOf(160, 120), noisyFields(1, 160, 120, 0.05, 5))],
  ['fields with much noise', () => mapOf(windowOf(200, 200), noisyFields(2, 200, 200, 0.5, 6))],
  ['noise alone, of two classes', () => mapOf(windowOf(120, 90), noisyFields(3, 120, 90, 1, 2))],
  ['noise alone, of eight classes', () => mapOf(windowOf(90, 120), noisyFields(4, 90, 120, 1, 8))],
  [
    'a chessboard',
    () =>
      mapOf(
        windowOf(20, 20),
        Uint8Array.from({ length: 400 }, (_, at) => 1 + ((at + Math.floor(at / 20)) % 2)),
      ),
  ],
  ['one pixel', () => mapOf(windowOf(1, 1), Uint8Array.of(3))],
  ['no pixel', () => mapOf(windowOf(5, 4), new Uint8Array(20))],
];

describe('beside gdal_sieve.py -st 5 -4 and gdal_polygonize.py', () => {
  for (const [name, make] of cases)
    gdalTest(`${name}: the same pixels are dissolved, and the same polygons come out`, async () => {
      const map = await make();
      const { gdal, mine, sieved } = await compare(map);
      const values = Uint8Array.from(map.classes);
      await sieve(values, map.window.width, 5, pause);
      expect(Buffer.compare(values, sieved)).toBe(0);
      expect(sorted(mine)).toEqual(sorted(gdal));
      for (const facts of mine) expect(facts).toMatchObject({ valid: true, closed: true, winding: true });
      // Degrees have 7 digits: 1 cm, so that the pixels that GDAL measures in the map's CRS differ by some 1e-3.
      for (const { pixels, hectares } of mine) expect(hectares! * 100).toBeCloseTo(pixels, 1);
    });
});

test('a hole that touches its shell at a corner stays a hole, and two parcels that meet at one stay two', async () => {
  const rows = ['11111', '12111', '11211', '11111', '11133', '33311'];
  const classes = Uint8Array.from(rows.join(''), Number);
  const map = { window: windowOf(5, 6), classes, confidence: new Uint8Array(30).fill(50), path: '' };
  const { features } = await ours(map);
  expect(features.length).toBeGreaterThan(0);
  for (const { geometry } of features as unknown as { geometry: { coordinates: number[][][] } }[])
    for (const ring of geometry.coordinates) {
      const corners = ring.slice(1).map(String);
      expect(new Set(corners).size).toBe(corners.length);
    }
});

test('the confidence of a parcel is that of its own pixels, not of those it took in', async () => {
  const classes = Uint8Array.from('111111121'.repeat(1), Number);
  const confidence = Uint8Array.of(60, 60, 60, 60, 60, 60, 60, 10, 60);
  const map = { window: windowOf(3, 3), classes, confidence, path: '' };
  const { features } = await ours(map);
  expect(features.map((feature) => feature.properties)).toEqual([
    { class: '1', title: '1', hectares: 0.09, confidence: 60 },
  ]);
});
