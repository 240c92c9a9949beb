import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inflateSync } from 'node:zlib';
import sharp from 'sharp';
import { beforeAll, describe, expect, test } from 'vitest';
import { gdalTest, hasGdal, runPython } from '#shared/testing/fixtures/cog/gdal.ts';
import { workFolder } from '#shared/testing/work-folder.ts';
import { tileMatrixSet } from '#shared/tiles/tile-matrix-set.ts';
import { makeRaster, warpTiles } from '#shared/tiles/testing/made-raster.ts';
import { harareRaster, harareSidecar, hararePlace, harareTile } from './testing/harare.ts';
import { tilesFixture, type TilesFixture } from './testing/tiles-fixture.ts';

interface Entry {
  value: number;
  name: string;
  title: string;
  color: string;
}
interface Point {
  col: number;
  row: number;
  value: number;
  entry: Entry;
}
interface TileJson {
  tilejson: string;
  tiles: string[];
  vector_layers: unknown[];
  bounds: [number, number, number, number];
  center: [number, number, number];
  minzoom: number;
  maxzoom: number;
}

const folder = workFolder('tiles');
const set = tileMatrixSet('WebMercatorQuad')!;
const id = harareSidecar.id;
const raster = join(folder, 'baselines', 'dw', 'zim', 'summer', '2019.tif');
let fixture: TilesFixture;

const json = async <T>(path: string): Promise<T> => (await (await fixture.get(path)).json()) as T;

beforeAll(async () => {
  if (hasGdal()) fixture = await tilesFixture(folder);
}, 60_000);

/** RGBA of a picture, by sharp: another decoder than the encoder under test. */
async function decoded(bytes: Uint8Array): Promise<{ data: Buffer; width: number; height: number }> {
  const { data, info } = await sharp(bytes).ensureAlpha().raw().toBuffer({ resolveWithObject: true });
  return { data, width: info.width, height: info.height };
}

/** What the sidecar says of pixel values, as RGBA. */
function expectedRgba(values: Uint8Array): Buffer {
  const colours = new Map(harareSidecar.classes.map(({ value, color }) => [value, Buffer.from(color.slice(1), 'hex')]));
  const rgba = Buffer.alloc(values.length * 4);
  values.forEach((value, i) => {
    const colour = colours.get(value);
    if (colour) rgba.set([...colour, 255], 4 * i);
  });
  return rgba;
}

describe('the pictures of a baseline', () => {
  for (const [suffix, size] of [
    ['.png', 256],
    ['@2x.png', 512],
    ['.webp', 256],
    ['@2x.webp', 512],
  ] as const)
    gdalTest(`${suffix} shows the classes of gdalwarp in the colours of the sidecar`, async () => {
      const address = { z: 14, x: 9607, y: 9019 };
      const [values] = await warpTiles(raster, [{ set, address, size }], 255);
      const answer = await fixture.get(`/tiles/WebMercatorQuad/14/9607/9019${suffix}?layer=${id}`);
      expect(answer.status).toBe(200);
      expect(answer.headers.get('content-type')).toBe(`image/${suffix.split('.')[1]}`);
      const { data, width, height } = await decoded(await answer.bytes());
      expect([width, height]).toEqual([size, size]);
      expect(data.equals(expectedRgba(values))).toBe(true);
    });

  gdalTest('a low zoom is read from overviews: few blocks, all classes there', async () => {
    const answer = await fixture.get(`/tiles/WebMercatorQuad/9/300/281.png?layer=${id}`);
    expect(answer.status).toBe(200);
    const { data } = await decoded(await answer.bytes());
    const shown = new Set<string>();
    for (let i = 0; i < data.length; i += 4) if (data[i + 3]) shown.add(data.subarray(i, i + 3).toString('hex'));
    for (const colour of shown) expect(harareSidecar.classes.map(({ color }) => color)).toContain(`#${colour}`);
    expect(shown.size).toBeGreaterThan(3);
  });

  gdalTest('a PNG has a palette of no more bits than it needs', async () => {
    const bytes = Buffer.from(await (await fixture.get(harareTile)).bytes());
    expect([bytes.readUInt32BE(16), bytes.readUInt32BE(20), bytes[24], bytes[25]]).toEqual([256, 256, 4, 3]);
    const at = bytes.indexOf('IDAT');
    expect(inflateSync(bytes.subarray(at + 4, at + 4 + bytes.readUInt32BE(at - 4))).length).toBe(256 * 129);
  });

  gdalTest('204 where the raster has nothing, 304 for what is known, cache headers', async () => {
    const empty = await fixture.get(`/tiles/WebMercatorQuad/14/100/9019.png?layer=${id}`);
    expect([empty.status, await empty.text()]).toEqual([204, '']);
    const hole = await fixture.get(`/tiles/WebMercatorQuad/17/76822/72128.png?layer=${id}`);
    expect(hole.status).toBe(204);
    const first = await fixture.get(harareTile);
    const etag = first.headers.get('etag')!;
    expect(first.headers.get('cache-control')).toBe('public, max-age=3600');
    for (const known of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
      const again = await fixture.get(harareTile, { 'if-none-match': known });
      expect([again.status, again.headers.get('etag')]).toEqual([304, etag]);
    }
    expect((await fixture.get(harareTile, { 'if-none-match': '"other"' })).status).toBe(200);
    const webp = await fixture.get(harareTile.replace('.png', '.webp'));
    expect(webp.headers.get('etag')).not.toBe(etag);
  });

  gdalTest('a baseline that is replaced has another ETag and its new pixels', async () => {
    const place = join(folder, 'baselines', 'dw', 'zim', 'summer', '2020');
    const tile = '/tiles/WebMercatorQuad/15/19214/18038.png?layer=dw-zim-summer-2020';
    const sidecar = JSON.stringify({ ...harareSidecar, id: 'dw-zim-summer-2020', year: 2020 });
    const see = async (seed: number) => {
      await makeRaster(`${place}.tif`, { ...harareRaster, seed });
      writeFileSync(`${place}.json`, sidecar);
      const answer = await fixture.get(tile);
      const [values] = await warpTiles(
        `${place}.tif`,
        [{ set, address: { z: 15, x: 19214, y: 18038 }, size: 256 }],
        255,
      );
      expect((await decoded(await answer.bytes())).data.equals(expectedRgba(values))).toBe(true);
      return answer.headers.get('etag');
    };
    expect(await see(7)).not.toBe(await see(8));
  });
});

describe('what is asked for wrongly', () => {
  const cases: [string, number, string][] = [
    [`/tiles/WebMercatorQuad/25/0/0.png?layer=${id}`, 404, 'not-found'],
    [`/tiles/WebMercatorQuad/999999999999/0/0.png?layer=${id}`, 404, 'not-found'],
    [`/tiles/WebMercatorQuad/3/8/0.png?layer=${id}`, 404, 'not-found'],
    [`/tiles/WebMercatorQuad/3/0/999999999999.png?layer=${id}`, 404, 'not-found'],
    [`/tiles/WorldCRS84Quad/0/2/0.png?layer=${id}`, 404, 'not-found'],
    [`/tiles/WebMercatorQuad/-1/0/0.png?layer=${id}`, 400, 'invalid-request'],
    [`/tiles/WebMercatorQuad/NaN/0/0.png?layer=${id}`, 400, 'invalid-request'],
    [`/tiles/WebMercatorQuad/1e3/0/0.png?layer=${id}`, 400, 'invalid-request'],
    [`/tiles/WebMercatorQuad/3/0/0.gif?layer=${id}`, 400, 'invalid-request'],
    [`/tiles/WebMercatorQuad/3/0/0@3x.png?layer=${id}`, 400, 'invalid-request'],
    [`/tiles/Other/3/0/0.png?layer=${id}`, 404, 'not-found'],
    ['/tiles/WebMercatorQuad/3/0/0.png', 400, 'invalid-request'],
    ['/tiles/WebMercatorQuad/3/0/0.png?layer=none', 404, 'not-found'],
    ['/tiles/WebMercatorQuad/3/0/0.png?layer=..%2F..%2Fetc%2Fpasswd', 404, 'not-found'],
    ['/tiles/WebMercatorQuad/3/0/0.png?layer=https%3A%2F%2Fevil.example%2Fx.tif', 404, 'not-found'],
    ['/tiles/WebMercatorQuad/3/0/0.png?layer=job-1-class', 401, 'unauthenticated'],
    [`/tiles/WebMercatorQuad/3/0/0.png?layer=${'a'.repeat(5000)}`, 400, 'invalid-request'],
    [`/tiles/layers/${id}/point?lon=Infinity&lat=0`, 400, 'invalid-request'],
    [`/tiles/layers/${id}/point?lon=&lat=0`, 400, 'invalid-request'],
    [`/tiles/layers/${id}/point?lon=181&lat=0`, 400, 'invalid-request'],
    ['/tiles/layers/x%27%3B%20DROP%20TABLE%20jobs/legend.json', 404, 'not-found'],
    ['/tiles/layers?job=nobody', 401, 'unauthenticated'],
  ];
  for (const [path, status, code] of cases)
    gdalTest(`${path.slice(0, 100)}: ${status}`, async () => {
      const answer = await fixture.get(path);
      expect(answer.headers.get('content-type')).toBe('application/problem+json');
      expect(answer.status).toBe(status);
      expect(await answer.json()).toMatchObject({ status, code });
    });
});

describe('what describes a layer', () => {
  gdalTest('the list, without what cannot be opened', async () => {
    writeFileSync(join(folder, 'baselines', 'broken.tif'), 'no tiff');
    writeFileSync(join(folder, 'baselines', 'broken.json'), JSON.stringify({ ...harareSidecar, id: 'broken' }));
    writeFileSync(join(folder, 'baselines', 'odd.tif'), 'no tiff');
    writeFileSync(join(folder, 'baselines', 'odd.json'), '{"id": "job-x"}');
    const { layers } = await json<{ layers: { id: string }[] }>('/tiles/layers');
    const found = layers.find((layer) => layer.id === id);
    expect(layers.map((layer) => layer.id)).not.toContain('broken');
    expect(found).toMatchObject({
      title: harareSidecar.title,
      type: 'class',
      year: 2019,
      minzoom: 0,
      maxzoom: 16,
      settled: true,
      tiles: `/tiles/WebMercatorQuad/{z}/{x}/{y}.png?layer=${id}`,
    });
    expect(fixture.lines.join()).toContain('Baseline:Unusable');
    const broken = await fixture.get('/tiles/WebMercatorQuad/3/0/0.png?layer=broken');
    expect(broken.status).toBe(502);
    expect(await broken.json()).toMatchObject({ code: 'broken-scene' });
  });

  gdalTest('the legend has the colour that tiles have where the point query finds its value', async () => {
    const legend = await json<{ entries: Entry[] }>(`/tiles/layers/${id}/legend.json`);
    expect(legend).toMatchObject({ layer: id, type: 'class' });
    expect(legend.entries).toEqual(harareSidecar.classes);
    const [lon, lat] = hararePlace;
    const point = await json<Point>(`/tiles/layers/${id}/point?lon=${lon}&lat=${lat}`);
    const z = 20;
    const [x, y] = [set.across(lon) * 2 ** z, set.down(lat) * 2 ** z];
    const tile = await fixture.get(`/tiles/WebMercatorQuad/${z}/${Math.floor(x)}/${Math.floor(y)}.png?layer=${id}`);
    const { data } = await decoded(await tile.bytes());
    const at = 4 * (Math.floor((y % 1) * 256) * 256 + Math.floor((x % 1) * 256));
    expect(`#${data.subarray(at, at + 3).toString('hex')}`).toBe(point.entry.color);
    const script = `
import sys
from osgeo import gdal
raster = gdal.Open(${JSON.stringify(raster)})
print(raster.ReadAsArray(${point.col}, ${point.row}, 1, 1)[0][0])`;
    expect(Number(await runPython(['-c', script]))).toBe(point.value);
    expect(legend.entries).toContainEqual(point.entry);
    const located = await runPython([
      '-c',
      `
from osgeo import gdal, osr
raster = gdal.Open(${JSON.stringify(raster)})
degrees = osr.SpatialReference(); degrees.ImportFromEPSG(4326); degrees.SetAxisMappingStrategy(osr.OAMS_TRADITIONAL_GIS_ORDER)
x, y, _ = osr.CoordinateTransformation(degrees, raster.GetSpatialRef()).TransformPoint(${lon}, ${lat})
g = raster.GetGeoTransform()
print(int((x - g[0]) // g[1]), int((y - g[3]) // g[5]))`,
    ]);
    expect(located.trim()).toBe(`${point.col} ${point.row}`);
    const outside = await json(`/tiles/layers/${id}/point?lon=0&lat=0`);
    expect(outside).toMatchObject({ inside: false, value: null, entry: null });
  });

  gdalTest('the legend as a picture has every colour once, in order', async () => {
    const answer = await fixture.get(`/tiles/layers/${id}/legend.png`);
    const { data, width, height } = await decoded(await answer.bytes());
    const swatches = harareSidecar.classes.map((_, i) => {
      const at = 4 * ((8 + 24 * (i + 1) + 12) * width + 16);
      return `#${data.subarray(at, at + 3).toString('hex')}`;
    });
    expect(swatches).toEqual(harareSidecar.classes.map(({ color }) => color));
    expect(height).toBe(16 + 24 * 10);
  });

  gdalTest('TileJSON 3.0.0 with absolute addresses', async () => {
    const found = await json<TileJson>(`http://crops.example/tiles/layers/${id}/tilejson.json`);
    // The rules of the specification: required members and their types, bounds in order, zooms 0 to 30.
    expect(found.tilejson).toBe('3.0.0');
    expect(found.tiles).toEqual([`http://crops.example/tiles/WebMercatorQuad/{z}/{x}/{y}.png?layer=${id}`]);
    expect(found.vector_layers).toEqual([]);
    const [west, south, east, north] = found.bounds;
    const bounds = await runPython([
      '-c',
      `
from osgeo import osr
utm, degrees = osr.SpatialReference(), osr.SpatialReference()
utm.ImportFromEPSG(32736); degrees.ImportFromEPSG(4326); degrees.SetAxisMappingStrategy(osr.OAMS_TRADITIONAL_GIS_ORDER)
print(*osr.CoordinateTransformation(utm, degrees).TransformBounds(287000, 8019000, 300000, 8030000, 21))`,
    ]);
    bounds.split(' ').forEach((value, i) => expect(found.bounds[i]).toBeCloseTo(Number(value), 6));
    for (const zoom of [found.minzoom, found.maxzoom, found.center[2]]) expect([...Array(31).keys()]).toContain(zoom);
    expect(found.minzoom).toBeLessThanOrEqual(found.maxzoom);
    expect(found.center.slice(0, 2)).toEqual([(west + east) / 2, (south + north) / 2]);
    expect(found).toMatchObject({ scheme: 'xyz', attribution: harareSidecar.attribution });
    const fixed = await tilesFixture(join(folder, 'public'), { publicUrl: 'https://maps.example' });
    const there = await fixed.get(`http://inner:8080/tiles/layers/${id}/tilejson.json`);
    expect(((await there.json()) as TileJson).tiles[0]).toMatch(/^https:\/\/maps\.example\/tiles\//);
  });
});

describe('what lies under a polygon', () => {
  const square = (west: number, south: number, side: number) => [
    [
      [west, south],
      [west + side, south],
      [west + side, south + side],
      [west, south + side],
      [west, south],
    ],
  ];
  const post = (body: string | Uint8Array<ArrayBuffer>, type = 'application/geo+json') =>
    fixture.app.request(`/tiles/layers/${id}/statistics`, { method: 'POST', body, headers: { 'content-type': type } });

  gdalTest('classes, hectares and shares', async () => {
    const polygon = { type: 'Polygon', coordinates: square(31.07, -17.89, 0.02) };
    const answer = await post(JSON.stringify({ type: 'Feature', properties: {}, geometry: polygon }));
    expect(answer.status).toBe(200);
    const found = (await answer.json()) as {
      exact: boolean;
      hectares: number;
      pixels: { valid: number; nodata: number; outside: number };
      classes: (Entry & { pixels: number; hectares: number; share: number })[];
    };
    expect(found.exact).toBe(true);
    expect(found.classes.map(({ value, color }) => [value, color])).toEqual(
      harareSidecar.classes.map(({ value, color }) => [value, color]),
    );
    // 0.02 degrees are 2.12 by 2.21 km there.
    expect(found.hectares).toBeGreaterThan(465);
    expect(found.hectares).toBeLessThan(473);
    expect(found.pixels.valid).toBeCloseTo(found.hectares * 100);
    expect(found.pixels).toMatchObject({ nodata: 0, outside: 0 });
    const sum = (pick: (each: (typeof found.classes)[number]) => number) =>
      found.classes.reduce((total, each) => total + pick(each), 0);
    expect(sum((each) => each.pixels)).toBe(found.pixels.valid);
    expect(sum((each) => each.share)).toBeCloseTo(1);
  });

  const wrong: [string, () => string | Uint8Array<ArrayBuffer>, string, number][] = [
    ['not JSON', () => '{', 'application/geo+json', 400],
    ['not GeoJSON', () => '{"type":"Polygon"}', 'application/geo+json', 422],
    ['a point', () => '{"type":"Point","coordinates":[31,-17]}', 'application/json', 422],
    [
      'over the 180th meridian',
      () =>
        JSON.stringify({
          type: 'Polygon',
          coordinates: [
            [
              [-179, 0],
              [179, 0],
              [179, 1],
              [-179, 1],
              [-179, 0],
            ],
          ],
        }),
      'application/json',
      422,
    ],
    [
      'too far from the raster',
      () => JSON.stringify({ type: 'Polygon', coordinates: square(-100, 10, 1) }),
      'application/json',
      422,
    ],
    ['50 MB', () => new Uint8Array(50e6).fill(32), 'application/json', 413],
    [
      'deep nesting',
      () => `{"type":"Polygon","coordinates":${'['.repeat(100_000)}${']'.repeat(100_000)}}`,
      'application/json',
      422,
    ],
  ];
  for (const [name, body, type, status] of wrong)
    gdalTest(`${name}: ${status}`, async () => {
      const answer = await post(body(), type);
      expect([answer.status, answer.headers.get('content-type')]).toEqual([status, 'application/problem+json']);
    });

  gdalTest('a polygon of 10,000 vertices is counted, in time', async () => {
    const ring = Array.from({ length: 9999 }, (_, i) => {
      const angle = (2 * Math.PI * i) / 9999;
      const reach = i % 2 === 0 ? 0.05 : 0.001;
      return [31.05 + reach * Math.cos(angle), -17.857 + reach * Math.sin(angle)];
    });
    const begun = performance.now();
    const answer = await post(JSON.stringify({ type: 'Polygon', coordinates: [[...ring, ring[0]]] }));
    expect(answer.status).toBe(200);
    expect(performance.now() - begun).toBeLessThan(10_000);
  });
});

if (!hasGdal()) test.skip('needs GDAL', () => {});
