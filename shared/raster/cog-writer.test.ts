import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { gdalTest, inspectCog, runPython } from '#shared/testing/fixtures/cog/gdal.ts';
import { levelOf, makeField, type Field } from '#shared/testing/fixtures/cog/fields.ts';
import { cogHeaderBytes, cogLayout } from './cog-layout.ts';
import type { CogLevel, CogSpec, Rgba } from './cog-spec.ts';
import { writeCog } from './cog-writer.ts';
import { fileSource } from './file-source.ts';
import { pamXml } from './pam.ts';
import { openRaster } from './raster.ts';
import { encodeTile, type TileForm } from './tile-encode.ts';

const folder = mkdtempSync(join(tmpdir(), 'cog-writer-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function bytesOf(spec: CogSpec, levels: CogLevel[]): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  await writeCog(spec, levels, { write: async (bytes) => void parts.push(bytes.slice()) });
  return Buffer.concat(parts);
}

async function fileOf(name: string, spec: CogSpec, levels: CogLevel[]): Promise<string> {
  const path = join(folder, name);
  const bytes = await bytesOf(spec, levels);
  expect(bytes.length).toBe(cogLayout(spec, levels).byteLength);
  writeFileSync(path, bytes);
  return path;
}

const rawOf = (path: string, band: number, level: number) => readFileSync(`${path}-${band}-${level}.raw`);
const bytesOfField = ({ data }: Field) => Buffer.from(data.buffer, data.byteOffset, data.byteLength);

const byte: TileForm = { dtype: 'uint8', predictor: 2, nodata: 0 };
const float: TileForm = { dtype: 'float32', predictor: 3, nodata: NaN };
const palette: Rgba[] = [
  [0, 0, 0, 0],
  [255, 211, 0, 255],
  [38, 112, 0, 255],
];
const windowOf = (width: number, height: number, epsg = 32631) => ({
  epsg,
  originX: 573440,
  originY: 5626880,
  pixelSize: 10,
  width,
  height,
});
const mapSpec = (width: number, height: number): CogSpec => ({
  window: windowOf(width, height),
  dtype: 'uint8',
  bands: [{ name: 'class', items: { legend: 'maïs & <"bois">' } }, { name: 'confidence' }],
  nodata: 0,
  predictor: 2,
  palette,
  metadata: { GEOCROP_MODEL: 'temperate & <co> "&lt;"', second: 'two' },
});
const classes = (width: number, height: number) =>
  makeField(width, height, (x, y) => (x * 7 + y * 3 < 600 ? 0 : 1 + (((x >> 4) + (y >> 3)) % 2)), byte);
const confidence = (width: number, height: number) =>
  makeField(width, height, (x, y) => (x * 7 + y * 3 < 600 ? 0 : 1 + ((x * 31 + y * 17) % 100)), byte);

describe('judged by GDAL', () => {
  gdalTest('one chunk is a valid COG that reads back exactly', async () => {
    const bands = [classes(512, 512), confidence(512, 512)];
    const path = await fileOf('part.tif', mapSpec(512, 512), [await levelOf(bands, byte)]);
    const seen = await inspectCog(path, path);
    expect(seen).toMatchObject({ warnings: [], errors: [], size: [512, 512], epsg: '32631', projected: true });
    expect(seen.transform).toEqual([573440, 10, 0, 5626880, 0, -10]);
    expect(seen.metadata).toEqual({
      AREA_OR_POINT: 'Area',
      GEOCROP_MODEL: 'temperate & <co> "&lt;"',
      second: 'two',
    });
    expect(seen.structure).toMatchObject({ COMPRESSION: 'DEFLATE', INTERLEAVE: 'BAND', PREDICTOR: '2' });
    expect(seen.bands[0].colours?.slice(0, 4)).toEqual([...palette, [0, 0, 0, 255]]);
    expect(seen.bands[0].items).toEqual({ legend: 'maïs & <"bois">' });
    for (const band of seen.bands)
      expect(band).toMatchObject({ nodata: 0, type: 'Byte', block: [512, 512], maskFlags: 8 });
    expect(seen.bands.map((band) => band.description)).toEqual(['class', 'confidence']);
    expect(seen.bands.map((band) => band.interpretation)).toEqual(['Palette', 'Undefined']);
    for (const [i, band] of bands.entries()) expect(rawOf(path, i + 1, 0).equals(bytesOfField(band))).toBe(true);
  });

  gdalTest('3 x 2 chunks with sparse tiles and overviews', async () => {
    const hole = (field: Field) => {
      for (let y = 0; y < 512; y++) field.data.fill(0, y * 1536 + 512, y * 1536 + 1024);
      return field;
    };
    const bands = [hole(classes(1536, 1024)), hole(confidence(1536, 1024))];
    const small = [
      [classes(768, 512), confidence(768, 512)],
      [classes(384, 256), confidence(384, 256)],
    ];
    const levels = await Promise.all([bands, ...small].map((level) => levelOf(level, byte)));
    const path = await fileOf('map.tif', mapSpec(1536, 1024), levels);
    const seen = await inspectCog(path, path);
    expect(seen).toMatchObject({ warnings: [], errors: [] });
    for (const [i, band] of seen.bands.entries()) {
      expect(band.sparse).toEqual([false, true, false, false, false, false]);
      expect(band.overviews).toEqual([768, 384].map((width) => [width, (width * 2) / 3]));
      [bands, ...small].forEach((level, n) => expect(rawOf(path, i + 1, n).equals(bytesOfField(level[i]))).toBe(true));
    }
  });

  gdalTest('an overview of smaller tiles than the full resolution', async () => {
    const bands = [classes(1024, 512), confidence(1024, 512)];
    const small = [classes(512, 256), confidence(512, 256)];
    const cut = ({ data }: Field, col: number) =>
      Uint8Array.from({ length: 256 * 256 }, (_, at) => data[(at >> 8) * 512 + col * 256 + (at % 256)]);
    const tiles = await Promise.all(
      small.flatMap((field) => [0, 1].map((col) => encodeTile(cut(field, col), { ...byte, side: 256 }))),
    );
    const overview = { width: 512, height: 256, tile: 256, sizes: tiles.map(({ length }) => length) };
    const levels = [await levelOf(bands, byte), { ...overview, read: async (index: number) => tiles[index] }];
    const path = await fileOf('small-tiles.tif', mapSpec(1024, 512), levels);
    expect(await inspectCog(path, path)).toMatchObject({ warnings: [], errors: [] });
    for (const i of [0, 1]) expect(rawOf(path, i + 1, 1).equals(bytesOfField(small[i]))).toBe(true);
    const raster = await openRaster(fileSource(path));
    const window = { band: 2, col: 200, row: 0, width: 300, height: 2 };
    const ours = await raster.overviews[0].readWindow(window);
    expect([...ours]).toEqual([0, 1].flatMap((y) => [...small[1].data.subarray(y * 512 + 200, y * 512 + 500)]));
  });

  gdalTest('a result without any pixel: every tile sparse', async () => {
    const empty = makeField(1024, 512, () => 0, byte);
    const half = makeField(512, 256, () => 0, byte);
    const levels = [await levelOf([empty, empty], byte), await levelOf([half, half], byte)];
    const path = await fileOf('empty.tif', mapSpec(1024, 512), levels);
    const seen = await inspectCog(path, path);
    expect(seen).toMatchObject({ warnings: [], errors: [] });
    expect(rawOf(path, 1, 0).every((value) => value === 0)).toBe(true);
  });

  gdalTest('51 float32 bands with NaN, southern hemisphere', async () => {
    const fields = Array.from({ length: 51 }, (_, b) =>
      makeField(512, 512, (x, y) => (x < 40 ? NaN : Math.fround(Math.sin(x / 9 + b) * 10 ** ((y % 9) - 4))), float),
    );
    const spec: CogSpec = {
      window: windowOf(512, 512, 32736),
      dtype: 'float32',
      bands: fields.map((_, b) => ({ name: `feature ${b}` })),
      nodata: NaN,
      predictor: 3,
    };
    const path = await fileOf('features.tif', spec, [await levelOf(fields, float)]);
    const seen = await inspectCog(path, path);
    expect(seen).toMatchObject({ warnings: [], errors: [], epsg: '32736' });
    expect(seen.structure).toMatchObject({ PREDICTOR: '3' });
    expect(seen.bands.map((band) => band.description)).toEqual(spec.bands.map((band) => band.name));
    for (const [i, field] of fields.entries()) {
      expect(seen.bands[i]).toMatchObject({ nodata: 'nan', type: 'Float32', colours: null });
      expect(rawOf(path, i + 1, 0).equals(bytesOfField(field))).toBe(true);
    }
  });

  gdalTest('BigTIFF, asked for', async () => {
    const bands = [classes(1024, 1024), confidence(1024, 1024)];
    const small = [classes(512, 512), confidence(512, 512)];
    const levels = [await levelOf(bands, byte), await levelOf(small, byte)];
    const path = await fileOf('big.tif', { ...mapSpec(1024, 1024), bigTiff: true }, levels);
    expect(readFileSync(path).subarray(0, 4)).toEqual(Buffer.from([0x49, 0x49, 43, 0]));
    const seen = await inspectCog(path, path);
    expect(seen).toMatchObject({ warnings: [], errors: [], epsg: '32631' });
    expect(seen.transform).toEqual([573440, 10, 0, 5626880, 0, -10]);
    expect(seen.bands[0].colours?.slice(0, 3)).toEqual(palette);
    for (const [i, band] of bands.entries()) expect(rawOf(path, i + 1, 0).equals(bytesOfField(band))).toBe(true);
  });

  gdalTest('RGB with a fourth band, uint16 with predictor 2', async () => {
    const form: TileForm = { dtype: 'uint16', predictor: 2, nodata: 0 };
    const fields = [0, 1, 2, 3].map((b) => makeField(700, 300, (x, y) => (x * y * (b + 1) * 37) % 65536, form));
    const half = fields.map((_, b) => makeField(350, 150, (x, y) => x + y + b, form));
    const spec: CogSpec = {
      window: windowOf(700, 300),
      dtype: 'uint16',
      bands: ['red', 'green', 'blue', 'dekads'].map((name) => ({ name })),
      nodata: 0,
      predictor: 2,
      rgb: true,
    };
    const path = await fileOf('rgb.tif', spec, [await levelOf(fields, form), await levelOf(half, form)]);
    const seen = await inspectCog(path, path);
    expect(seen).toMatchObject({ warnings: [], errors: [] });
    expect(seen.bands.map((band) => band.interpretation)).toEqual(['Red', 'Green', 'Blue', 'Undefined']);
    for (const [i, field] of fields.entries()) expect(rawOf(path, i + 1, 0).equals(bytesOfField(field))).toBe(true);
  });

  gdalTest('category names come from the side file and leave the COG valid', async () => {
    const names = ['no data', 'maize & <soy> "x" \u0001', 'blé'];
    const bands = [classes(512, 512), confidence(512, 512)];
    const path = await fileOf('named.tif', mapSpec(512, 512), [await levelOf(bands, byte)]);
    writeFileSync(`${path}.aux.xml`, pamXml({ categories: names }));
    const seen = await inspectCog(path);
    expect(seen).toMatchObject({ warnings: [], errors: [], epsg: '32631' });
    expect(seen.bands[0].categories).toEqual(['no data', 'maize & <soy> "x" \ufffd', 'blé']);
    expect(seen.bands[0].colours?.slice(0, 3)).toEqual(palette);
  });

  gdalTest('a colour table in the side file keeps its alpha', async () => {
    const spec = { ...mapSpec(512, 512), palette: undefined };
    const path = await fileOf('side.tif', spec, [await levelOf([classes(512, 512), confidence(512, 512)], byte)]);
    const half: Rgba[] = [palette[0], [1, 2, 3, 128]];
    writeFileSync(`${path}.aux.xml`, pamXml({ categories: ['no data', 'one'], palette: half }));
    expect((await inspectCog(path)).bands[0]).toMatchObject({ colours: half, interpretation: 'Palette' });
  });

  gdalTest('a file beyond 4 GiB becomes BigTIFF by itself and its last tile is found', async () => {
    const [tiles, size] = [3, 0x7f000000];
    const real = await levelOf([classes(512, 512)], byte);
    const spec: CogSpec = {
      ...mapSpec(512, 512),
      bands: ['a', 'b', 'c', 'd'].map((name) => ({ name })),
      palette: undefined,
    };
    const sizes = [...new Array<number>(tiles).fill(size), real.sizes[0]];
    // Unused space stands for the bytes of the large tiles: only their places matter.
    const path = join(folder, 'huge.tif');
    const levels = [{ ...real, sizes }];
    const layout = cogLayout(spec, levels);
    expect(layout.bigTiff).toBe(true);
    const file = await open(path, 'w');
    await file.write(cogHeaderBytes(spec, levels, layout), 0, undefined, 0);
    await file.write(await real.read(0), 0, undefined, layout.tileOffsets[0][3]);
    await file.close();
    const script =
      'import sys; from osgeo import gdal; d = gdal.Open(sys.argv[1]); d.GetRasterBand(4).ReadAsArray().tofile(sys.argv[2])';
    await runPython(['-c', script, path, `${path}.raw`]);
    expect(readFileSync(`${path}.raw`).equals(bytesOfField(classes(512, 512)))).toBe(true);
  });
});

test('the same input gives the same bytes', async () => {
  const levels = [await levelOf([classes(512, 512), confidence(512, 512)], byte)];
  expect(await bytesOf(mapSpec(512, 512), levels)).toEqual(await bytesOf(mapSpec(512, 512), levels));
});

describe('refusals', () => {
  const level = (width: number, height: number, sizes: number[], bytes = 5): CogLevel => ({
    width,
    height,
    sizes,
    read: async () => new Uint8Array(bytes),
  });
  const two = [5, 5];
  const cases: [string, CogSpec, CogLevel[], RegExp][] = [
    ['a tile of another size', mapSpec(512, 512), [level(512, 512, two, 4)], /4 bytes where 5 were announced/],
    ['too few tiles', mapSpec(512, 512), [level(512, 512, [5])], /lists 1 tile sizes/],
    ['no level', mapSpec(512, 512), [], /not the full resolution/],
    ['tiles of an odd size', mapSpec(512, 512), [{ ...level(512, 512, two), tile: 100 }], /tiles of 100 x 100/],
    ['tiles that are too large', mapSpec(512, 512), [{ ...level(512, 512, two), tile: 1024 }], /tiles of 1024/],
    ['too few small tiles', mapSpec(512, 512), [{ ...level(512, 512, two), tile: 256 }], /have 8 tiles/],
    [
      'levels in the wrong order',
      mapSpec(512, 512),
      [level(512, 512, two), level(512, 513, [5, 5, 5, 5])],
      /smallest overview/,
    ],
    ['a size that is no number', mapSpec(512, 512), [level(512, 512, [5, NaN])], /NaN bytes/],
    [
      'a float palette',
      { ...mapSpec(512, 512), dtype: 'float32', predictor: 3 },
      [level(512, 512, two)],
      /palette needs/,
    ],
    ['a predictor that does not fit', { ...mapSpec(512, 512), predictor: 3 }, [level(512, 512, two)], /predictor 3/],
    [
      'an impossible EPSG code',
      { ...mapSpec(512, 512), window: windowOf(512, 512, 0) },
      [level(512, 512, two)],
      /EPSG:0/,
    ],
  ];
  test.each(cases)('%s', async (_, spec, levels, message) => {
    await expect(bytesOf(spec, levels)).rejects.toThrow(message);
  });

  test('an abort signal stops between tiles', async () => {
    const signal = AbortSignal.abort();
    const sink = { write: async () => {} };
    await expect(writeCog(mapSpec(512, 512), [level(512, 512, two)], sink, signal)).rejects.toThrow(/abort/i);
  });
});
