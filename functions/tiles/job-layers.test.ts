import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { beforeAll, describe, expect, test } from 'vitest';
import { chunkPixels } from '#shared/domain/grid.ts';
import { encodePart } from '#shared/mapping/part.ts';
import { partFile } from '#shared/mapping/stored-part.ts';
import { gdalTest, hasGdal, runPython } from '#shared/testing/fixtures/cog/gdal.ts';
import { workFolder } from '#shared/testing/work-folder.ts';
import { tileMatrixSet } from '#shared/tiles/tile-matrix-set.ts';
import { makeRaster, warpTiles } from '#shared/tiles/testing/made-raster.ts';
import { harareTile } from './testing/harare.ts';
import { jobId, owner, shareKey, tilesFixture, type TilesFixture } from './testing/tiles-fixture.ts';

const folder = workFolder('tiles-jobs');
const set = tileMatrixSet('WebMercatorQuad')!;
const palette = ['#f5c400', '#7a4a1e', '#d9722e', '#6fbf73'];
const classes = palette.map((color, i) => ({ name: `c${i}`, title: `Class ${i}`, color }));
const layerPath = (view: string) => `/tiles/layers/job-${jobId}-${view}`;
const tilePath = (view: string, place = '14/9604/9017') =>
  `/tiles/WebMercatorQuad/${place}.png?layer=job-${jobId}-${view}`;
const objects = (...names: string[]) => join(folder, 'objects', ...names);

/** Two chunks side by side, the grid of the job. */
const chunks = [0, 1].map((i) => ({ epsg: 32736, col: 56 + i, row: 1567 }));
const keys = chunks.map((_, i) => `part${i}`);
const extent = { epsg: 32736, originX: 286_720, originY: 8_028_160, pixelSize: 10, width: 1024, height: 512 };

let fixture: TilesFixture;
let mine: { authorization: string };

/** Rows of stripes that shrink, so that every zoom has borders. */
const planes = (i: number): [Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>] => {
  const side = chunkPixels;
  const value = (at: number) => 1 + ((Math.floor((at % side) / (5 + 3 * i)) + Math.floor(at / side / 7)) % 4);
  return [
    Uint8Array.from({ length: side * side }, (_, at) => value(at)),
    Uint8Array.from({ length: side * side }, (_, at) => 1 + ((at * 7) % 100)),
  ];
};

async function storeParts(): Promise<void> {
  const form = { dtype: 'uint8', predictor: 2, nodata: 0, bands: [{ name: 'class' }, { name: 'confidence' }] } as const;
  for (const [i, chunk] of chunks.entries()) {
    const { bytes } = await encodePart(chunk, planes(i), form);
    await fixture.store.put(partFile(keys[i]), bytes);
  }
}

async function plan(): Promise<void> {
  const tasks = chunks.map((chunk, i) => ({ chunk, key: keys[i] }));
  await fixture.store.put(
    `jobs/${jobId}/plan.json`,
    Buffer.from(JSON.stringify({ extent, tasks, model: { classes } })),
  );
}

beforeAll(async () => {
  if (!hasGdal()) return;
  fixture = await tilesFixture(folder);
  mine = await fixture.authorization(owner);
}, 60_000);

async function rgba(answer: Response): Promise<Buffer> {
  expect(answer.status).toBe(200);
  return sharp(await answer.bytes())
    .ensureAlpha()
    .raw()
    .toBuffer();
}

function coloured(values: Uint8Array): Buffer {
  const out = Buffer.alloc(values.length * 4);
  values.forEach((value, i) => {
    if (value > 0) out.set([...Buffer.from(palette[value - 1].slice(1), 'hex'), 255], 4 * i);
  });
  return out;
}

describe('who may see a job', () => {
  gdalTest('its owner, an admin and who has a share; for others it is not there', async () => {
    const paths = [
      tilePath('class'),
      ...['tilejson.json', 'point?lon=31&lat=-17', 'wmts'].map((name) => `${layerPath('class')}/${name}`),
      `/tiles/layers?job=${jobId}`,
    ];
    for (const path of paths) {
      const shared = `${path}${path.includes('?') ? '&' : '?'}share=`;
      const status = async (address: string, headers = {}) => (await fixture.get(address, headers)).status;
      const stranger = await fixture.authorization('33333333-3333-4333-8333-333333333333');
      expect([200, 204]).toContain(await status(path, mine));
      expect([200, 204]).toContain(await status(path, await fixture.authorization(jobId, 'admin')));
      expect([200, 204]).toContain(await status(shared + shareKey));
      expect(await status(path)).toBe(401);
      expect(await status(path, { authorization: 'Bearer x' })).toBe(401);
      expect(await status(path, stranger)).toBe(404);
      expect(await status(`${shared}${'x'.repeat(43)}`)).toBe(404);
    }
  });

  gdalTest('a baseline is there for everybody, a wrong token or not', async () => {
    const answer = await fixture.get(harareTile, { authorization: 'Bearer nonsense' });
    expect(answer.status).toBe(200);
  });
});

describe('a job that runs', () => {
  gdalTest('before it is planned: bounds of its area, no tiles, no legend', async () => {
    expect((await fixture.get(tilePath('class'), mine)).status).toBe(204);
    expect((await fixture.get(tilePath('preview'), mine)).status).toBe(204);
    expect((await fixture.get(tilePath('scene'), mine)).status).toBe(204);
    const legend = await fixture.get(`${layerPath('class')}/legend.json`, mine);
    expect(legend.status).toBe(409);
    const { bounds } = (await (await fixture.get(`${layerPath('class')}/tilejson.json`, mine)).json()) as {
      bounds: number[];
    };
    expect(bounds[0]).toBeLessThan(31.08);
    expect(bounds[2] - bounds[0]).toBeCloseTo(0.0378, 2);
    const { layers } = (await (await fixture.get(`/tiles/layers?job=${jobId}`, mine)).json()) as {
      layers: { id: string }[];
    };
    expect(layers.filter(({ id }) => id.startsWith('job-'))).toEqual([]);
  });

  gdalTest('shows each part as soon as it is committed, with an ETag of the parts that a tile shows', async () => {
    await storeParts();
    await plan();
    const place = (i: number) => {
      const x = Math.floor(set.across(i === 0 ? 31.0 : 31.06) * 2 ** 14);
      return `14/${x}/${Math.floor(set.down(-17.845) * 2 ** 14)}`;
    };
    const look = (i: number) => fixture.get(tilePath('class', place(i)), mine);
    const before = await look(0);
    expect([before.status, before.headers.get('cache-control')]).toEqual([204, 'private, no-cache']);
    fixture.done.add(keys[0]);
    const [west, east] = [await look(0), await look(1)];
    expect([west.status, east.status]).toEqual([200, 204]);
    expect(west.headers.get('etag')).not.toBe(before.headers.get('etag'));
    fixture.done.add(keys[1]);
    const etag = west.headers.get('etag')!;
    const unchanged = await fixture.get(tilePath('class', place(0)), { ...mine, 'if-none-match': etag });
    expect(unchanged.status).toBe(304);
    const changed = await look(1);
    expect([changed.status, changed.headers.get('etag') === east.headers.get('etag')]).toEqual([200, false]);
  });

  gdalTest('pixels are those of gdalwarp over the parts, class and confidence', async () => {
    const vrt = join(folder, 'parts.vrt');
    const files = keys.map((key) => objects(`parts/${key}.tif`));
    await runPython(['-c', `from osgeo import gdal; gdal.BuildVRT(${JSON.stringify(vrt)}, ${JSON.stringify(files)})`]);
    const address = { z: 14, x: 9604, y: 9017 };
    const [values] = await warpTiles(vrt, [{ set, address, size: 512 }], 0);
    const path = tilePath('class').replace('9017.png', '9017@2x.png');
    expect((await rgba(await fixture.get(path, mine))).equals(coloured(values))).toBe(true);
    const confidence = await rgba(await fixture.get(path.replace('-class', '-confidence'), mine));
    expect(confidence.filter((_, i) => i % 4 === 3)).toEqual(Buffer.from(values.map((value) => (value > 0 ? 255 : 0))));
  });

  gdalTest('a low zoom is made of the same overviews as the finished map will be', async () => {
    const path = tilePath('class', '11/1200/1127');
    const early = await rgba(await fixture.get(path, mine));
    mkdirSync(objects('results', jobId), { recursive: true });
    const map = objects('results', jobId, 'map.tif');
    await runPython([
      '-c',
      `
from osgeo import gdal
gdal.Translate(${JSON.stringify(map)}, ${JSON.stringify(join(folder, 'parts.vrt'))}, creationOptions=['TILED=YES', 'BLOCKXSIZE=512', 'BLOCKYSIZE=512', 'COMPRESS=DEFLATE', 'INTERLEAVE=BAND'])`,
    ]);
    fixture.job = { ...fixture.job, state: 'successful', finishedAt: new Date(1) };
    const answer = await fixture.get(path, mine);
    expect(answer.headers.get('cache-control')).toBe('private, max-age=86400');
    const late = await rgba(answer);
    const shown = (picture: Buffer) => picture.filter((value, i) => i % 4 === 3 && value > 0).length;
    // That map has no overviews, so its pixels are chosen otherwise; where there are any must be the same.
    expect(Math.abs(shown(early) - shown(late))).toBeLessThanOrEqual(shown(late) / 50);
    expect(shown(late)).toBeGreaterThan(100);
  });
});

describe('a job that is done', () => {
  gdalTest('has the legend of its model, and passes a share on in every address', async () => {
    const share = `?share=${shareKey}`;
    const { layers } = (await (await fixture.get(`/tiles/layers${share}&job=${jobId}`)).json()) as {
      layers: { id: string; tiles: string; wmts: string }[];
    };
    const own = layers.filter(({ id }) => id.startsWith('job-'));
    expect(own.map(({ id }) => id)).toEqual([`job-${jobId}-class`, `job-${jobId}-confidence`]);
    for (const { tiles, wmts } of own) for (const link of [tiles, wmts]) expect(link).toContain(`share=${shareKey}`);
    for (const { id, tiles } of layers) if (!id.startsWith('job-')) expect(tiles).not.toContain('share');
    const legend = await (await fixture.get(`${layerPath('class')}/legend.json${share}`)).json();
    expect(legend).toMatchObject({ entries: classes.map((each, i) => ({ ...each, value: i + 1 })) });
    const confidence = await (await fixture.get(`${layerPath('confidence')}/legend.json${share}`)).json();
    expect(confidence).toMatchObject({ type: 'confidence', entries: [{ value: 1 }, {}, {}, {}, { value: 100 }] });
    const tileJson = (await (await fixture.get(`${layerPath('class')}/tilejson.json${share}`)).json()) as {
      tiles: string[];
    };
    expect(tileJson.tiles[0]).toContain(`share=${shareKey}`);
    const tile = tileJson.tiles[0].replace('{z}/{x}/{y}', '14/9604/9017');
    expect((await fixture.get(tile)).status).toBe(200);
  });
});

describe('the clearest scene', () => {
  gdalTest('is shown in true colour, blue by green where the scene has no blue', async () => {
    const bands = ['B04', 'B03', 'B02'];
    for (const [i, band] of bands.entries()) {
      const path = join(folder, `${band}.tif`);
      await makeRaster(path, {
        epsg: 32736,
        origin: [286_720, 8_028_160],
        pixel: [10, 10],
        size: [1024, 512],
        values: [i + 1],
        nodata: 0,
      });
      // One reflectance everywhere: 0, 0.15 and 0.3, from numbers with an offset.
      await runPython([
        '-c',
        `
from osgeo import gdal
dn = ${[1000, 2500, 4000][i]}
gdal.Translate(${JSON.stringify(`${path}.16.tif`)}, ${JSON.stringify(path)}, outputType=gdal.GDT_UInt16, scaleParams=[[0, ${i + 1}, 0, dn]], noData=0)`,
      ]);
    }
    const asset = (band: string) => ({
      href: join(folder, `${band}.tif.16.tif`),
      scale: 0.0001,
      offset: -0.1,
      shape: null,
      identity: band,
    });
    const scene = (names: string[]) => ({
      source: 'made',
      id: `scene of ${names.join()}`,
      datetime: '2022-10-01T08:00:00Z',
      cloudCover: 1,
      assets: Object.fromEntries(names.map((name) => [name, asset(name)])),
    });
    const show = async (names: string[]) => {
      mkdirSync(objects('jobs', jobId), { recursive: true });
      writeFileSync(objects('jobs', jobId, 'scene.json'), JSON.stringify(scene(names)));
      const picture = await rgba(await fixture.get(tilePath('scene'), mine));
      const at = [...picture.keys()].find((i) => i % 4 === 3 && picture[i] === 255)! - 3;
      return [...picture.subarray(at, at + 3)];
    };
    const [dark, middle, bright] = [1, 1 + Math.round(254 * 0.5 ** 0.8), 255];
    expect(await show(bands)).toEqual([dark, middle, bright]);
    expect(await show(['B04', 'B03'])).toEqual([dark, middle, middle]);
    const legend = await (await fixture.get(`${layerPath('scene')}/legend.json`, mine)).json();
    expect(legend).toMatchObject({ type: 'rgb', entries: [] });
    const point = (await (await fixture.get(`${layerPath('scene')}/point?lon=31&lat=-17.845`, mine)).json()) as {
      reflectance: { red: number; green: number; blue: number };
    };
    expect(point.reflectance.red).toBeCloseTo(0);
    expect(point.reflectance.green).toBeCloseTo(0.15);
    expect(point.reflectance.blue).toBeCloseTo(0.15);
  });

  gdalTest('of a source that the deployment does not have is refused', async () => {
    const scene = { source: 'other', id: 's', datetime: '', cloudCover: null, assets: {} };
    const asset = { href: '/etc/passwd', scale: 1, offset: 0, shape: null, identity: 'x' };
    writeFileSync(
      objects('jobs', jobId, 'scene.json'),
      JSON.stringify({ ...scene, assets: { B04: asset, B03: asset } }),
    );
    const answer = await fixture.get(tilePath('scene'), mine);
    expect([answer.status, ((await answer.json()) as { code: string }).code]).toEqual([422, 'invalid-source']);
  });
});

if (!hasGdal()) test.skip('needs GDAL', () => {});
