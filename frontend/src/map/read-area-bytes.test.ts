import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { strToU8, zipSync } from 'fflate';
import { describe, expect, test } from 'vitest';
import { defaultAoiLimits } from '#shared/domain/check-aoi.ts';
import { readAreaBytes } from './read-area-bytes.ts';
import type { AreaGeojson } from './types.ts';

const fixture = (name: string) => new Uint8Array(readFileSync(new URL(`fixtures/${name}`, import.meta.url)));
const read = (bytes: Uint8Array) => readAreaBytes(bytes, defaultAoiLimits);
const readJson = (value: unknown) => read(strToU8(JSON.stringify(value)));
const problem = (bytes: Uint8Array) =>
  read(bytes).then(
    () => null,
    (error: { problem?: { key: string } }) => error.problem?.key ?? error,
  );

const square = [
  [30, -18],
  [30.01, -18],
  [30.01, -17.99],
  [30, -17.99],
  [30, -18],
];
const polygon = { type: 'Polygon', coordinates: [square] };

/** The corners of all outer rings, in an order that no writer decides. */
const corners = (area: AreaGeojson) =>
  (area.type === 'Polygon' ? [area.coordinates] : area.coordinates)
    .flatMap(([shell]) => shell.slice(1))
    .sort((a, b) => a[0] - b[0] || a[1] - b[1]);

describe('GeoJSON', () => {
  test('a polygon comes as it is', async () => {
    expect(await readJson(polygon)).toEqual({ area: polygon });
  });

  test('polygons are found in collections, beside points and with heights and names', async () => {
    const html = '<img src=x onerror=alert(1)>';
    const answer = await readJson({
      type: 'FeatureCollection',
      name: html,
      features: [
        { type: 'Feature', properties: { name: html }, geometry: { type: 'Point', coordinates: [30, -18] } },
        {
          type: 'Feature',
          properties: {},
          geometry: {
            type: 'GeometryCollection',
            geometries: [{ type: 'Polygon', coordinates: [square.map((at) => [...at, 1200])] }],
          },
        },
      ],
    });
    expect(answer).toEqual({ area: polygon });
    expect(JSON.stringify(answer)).not.toContain('onerror');
  });

  test.each([
    ['text that ends early', strToU8('{"type":"Polygon","coordinates":[[[30,'), 'areaFile.notJson'],
    ['points only', strToU8('{"type":"Point","coordinates":[30,-18]}'), 'areaFile.noPolygon'],
    ['something else', strToU8('lon,lat\n30,-18'), 'areaFile.unknownKind'],
    ['compressed by gzip', new Uint8Array(gzipSync('{}')), 'areaFile.unknownKind'],
    ['metres', strToU8(JSON.stringify({ type: 'Polygon', coordinates: [[[300000, 8000000]]] })), 'areaFile.notDegrees'],
    [
      'a named projection',
      strToU8(
        JSON.stringify({ ...polygon, crs: { type: 'name', properties: { name: 'urn:ogc:def:crs:EPSG::32736' } } }),
      ),
      'areaFile.unknownCrs',
    ],
  ])('%s is refused', async (_name, bytes, key) => {
    expect(await problem(bytes)).toBe(key);
  });

  test('degrees may be named', async () => {
    const crs = { type: 'name', properties: { name: 'urn:ogc:def:crs:OGC:1.3:CRS84' } };
    expect(await readJson({ ...polygon, crs })).toEqual({ area: polygon });
  });

  test('10,001 corners are refused before anything is worked out', async () => {
    const ring = Array.from({ length: 10_001 }, (_, i) => [
      30 + Math.cos(i / 1591.5) / 100,
      -18 + Math.sin(i / 1591.5) / 100,
    ]);
    expect(await problem(strToU8(JSON.stringify({ type: 'Polygon', coordinates: [ring] })))).toBe(
      'areaFile.tooManyVertices',
    );
  });

  test('more polygons than can be mapped are counted', async () => {
    const coordinates = Array.from({ length: 1001 }, () => [square]);
    expect(await problem(strToU8(JSON.stringify({ type: 'MultiPolygon', coordinates })))).toBe(
      'areaFile.tooManyPolygons',
    );
  });

  test('the 180th meridian, crossing rings and sizes are refused by the rules of the server', async () => {
    const ring = (...positions: number[][]) => ({ type: 'Polygon', coordinates: [[...positions, positions[0]]] });
    await expect(readJson(ring([179, -17], [-179, -17], [-179, -16], [179, -16]))).rejects.toThrow(/180th meridian/);
    await expect(readJson(ring([30, -18], [30.1, -17.9], [30.1, -18], [30, -17.9]))).rejects.toThrow(/crosses itself/);
    await expect(readJson(ring([28, -20], [32, -20], [32, -17], [28, -17]))).rejects.toThrow(/at most 2500 km2/);
  });

  test('collections within collections without end are not followed', async () => {
    const levels = 2000;
    const deep =
      '{"type":"GeometryCollection","geometries":['.repeat(levels) + JSON.stringify(polygon) + ']}'.repeat(levels);
    expect(await problem(strToU8(deep))).toBe('areaFile.noPolygon');
  });
});

describe('a zipped shapefile', () => {
  const truth = JSON.parse(new TextDecoder().decode(fixture('fields.geojson'))) as {
    features: { geometry: AreaGeojson }[];
  };
  const polygons = truth.features.flatMap(({ geometry }) =>
    geometry.type === 'Polygon' ? [geometry.coordinates] : geometry.coordinates,
  );
  const expected = corners({ type: 'MultiPolygon', coordinates: polygons });

  test.each(['fields-wgs84.zip', 'fields-utm36s.zip'])('%s gives the fields that GDAL reads', async (name) => {
    const answer = await read(fixture(name));
    const found = corners((answer as { area: AreaGeojson }).area);
    expect(found).toHaveLength(expected.length);
    for (const [i, [lon, lat]] of found.entries()) {
      // 1e-7 degrees are a centimetre; the GeoJSON has nine decimals.
      expect(lon).toBeCloseTo(expected[i][0], 7);
      expect(lat).toBeCloseTo(expected[i][1], 7);
    }
  });

  const cut = (share: number) =>
    fixture('fields-wgs84.zip').subarray(0, Math.floor(fixture('fields-wgs84.zip').length * share));
  test.each([0.1, 0.4, 0.6])('an archive of which only %d is there is refused', async (share) => {
    expect(await problem(cut(share))).toMatch(/damagedZip|noShapefile/);
  });

  const shp = new Uint8Array(100);
  new DataView(shp.buffer).setInt32(0, 9994);
  new DataView(shp.buffer).setInt32(24, 50);
  new DataView(shp.buffer).setInt32(32, 5, true);
  const prj = (text: string) => strToU8(text);
  test.each([
    ['no shapefile', { 'a.txt': prj('x') }, 'areaFile.noShapefile'],
    ['two shapefiles', { 'a.shp': shp, 'b.shp': shp }, 'areaFile.manyShapefiles'],
    ['no projection', { 'a.shp': shp }, 'areaFile.noCrs'],
    [
      'a datum that needs a shift',
      {
        'a.shp': shp,
        'a.prj': prj(
          'GEOGCS["GCS_Arc_1950",DATUM["D_Arc_1950",SPHEROID["Clarke_1880_Arc",6378249.145,293.466307656]]]',
        ),
      },
      'areaFile.unknownCrs',
    ],
    [
      'a shapefile that ends early',
      { 'a.shp': shp.subarray(0, 60), 'a.prj': prj('WGS_1984') },
      'areaFile.damagedShapefile',
    ],
    ['a shapefile without shapes', { 'a.shp': shp, 'a.prj': prj('GEOGCS["GCS_WGS_1984"]') }, 'areaFile.noPolygon'],
  ])('one with %s is refused', async (_name, files, key) => {
    expect(await problem(zipSync(files as Record<string, Uint8Array>))).toBe(key);
  });

  test('a bare .shp asks for its other parts', async () => {
    expect(await problem(shp)).toBe('areaFile.bareShapefile');
  });

  test('an archive that unpacks to gigabytes is given up at once', async () => {
    const zeros = new Uint8Array(70 * 1024 * 1024);
    const archive = zipSync({ 'a.shp': [zeros, { level: 9 }] });
    expect(archive.length).toBeLessThan(200_000);
    const before = performance.now();
    expect(await problem(archive)).toBe('areaFile.zipBomb');
    expect(performance.now() - before).toBeLessThan(3000);
  });

  test('an archive that lies about its size is given up as well', async () => {
    const zeros = new Uint8Array(70 * 1024 * 1024);
    const archive = zipSync({ 'a.shp': [zeros, { level: 9 }] });
    const view = new DataView(archive.buffer, archive.byteOffset);
    view.setUint32(22, 1000, true);
    expect(await problem(archive)).toBe('areaFile.zipBomb');
  });

  test('an archive of too many files is not read to its end', async () => {
    const many = Object.fromEntries(Array.from({ length: 1001 }, (_, i) => [`${i}.txt`, new Uint8Array(0)]));
    expect(await problem(zipSync(many))).toBe('areaFile.zipTooMany');
  });
});

test('KML, also within a KMZ, is handed to the page', async () => {
  const kml = '<?xml version="1.0"?><kml/>';
  expect(await read(strToU8(kml))).toEqual({ kml });
  expect(await read(zipSync({ 'doc.kml': strToU8(kml) }))).toEqual({ kml });
});
