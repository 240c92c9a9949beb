import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { chunkPixels } from '#shared/domain/grid.ts';
import type { ModelManifest } from '#shared/model/model-manifest.ts';
import { directoryStore } from '#shared/storage/directory-store.ts';
import { gdalTest, inspectCog, runPython } from '#shared/testing/fixtures/cog/gdal.ts';
import { workFolder } from '#shared/testing/work-folder.ts';
import { findPart, type PartRecord } from './part-record.ts';
import { encodePart, rasterForm } from './part.ts';
import { partFile, removePart, storePart } from './stored-part.ts';

const folder = workFolder('part');
const store = directoryStore(folder);
const chunk = { epsg: 32631, col: 112, row: 1098 };
const model = { classes: ['#ff0000', '#00ff00', '#0000ff'].map((color) => ({ color })) } as unknown as ModelManifest;

/** Blocks of 4 x 4 pixels of one class and confidence each, so that both overviews follow by picking pixels. */
const blocks = (value: (col: number, row: number) => number) =>
  Uint8Array.from({ length: chunkPixels ** 2 }, (_, at) =>
    value((at % chunkPixels) >> 2, Math.floor(at / chunkPixels) >> 2),
  );

async function storedPart(key: string): Promise<PartRecord> {
  const classes = blocks((col, row) => (col * 5 + row * 3 + ((col * row) >> 4)) % 4);
  const confidence = classes.map((value, at) => (value === 0 ? 0 : 1 + (((at >> 2) + (at >> 11)) % 100)));
  const aligned = confidence.map((_, at) => confidence[at - (at % 4) - ((at >> 9) % 4) * chunkPixels]);
  const { bytes, tiles } = await encodePart(chunk, [classes, aligned], rasterForm('map', model));
  const record = { tiles, scenes: [], computedPixels: 7, seconds: { read: 1.5 } };
  await storePart(store, key, bytes, record);
  return record;
}

const look = `
import json, sys, zlib, numpy
from osgeo import gdal
path, tiles = sys.argv[1], json.loads(sys.argv[2])
data, d = open(path, 'rb').read(), gdal.Open(path)
bands = [d.GetRasterBand(n + 1) for n in range(d.RasterCount)]
whole = [band.ReadAsArray() for band in bands]
levels = [[band] + [band.GetOverview(n) for n in range(band.GetOverviewCount())] for band in bands]
place = lambda band: [int(band.GetMetadataItem('BLOCK_' + what + '_0_0', 'TIFF')) for what in ('OFFSET', 'SIZE')]
stored = [[tile] + tile['overviews'] for tile in tiles]
print(json.dumps({
    'blocks': [[level.GetBlockSize() for level in band] for band in levels],
    'picked': [[bool((level.ReadAsArray() == full[::2 ** n, ::2 ** n]).all()) for n, level in enumerate(band)] for full, band in zip(whole, levels)],
    'places': [place(band) for band in bands],
    'checksums': [[zlib.crc32(data[t['offset']:t['offset'] + t['size']]) == t['crc32'] for t in band] for band in stored],
    'inflated': [[len(zlib.decompress(data[t['offset']:t['offset'] + t['size']])) for t in band] for band in stored],
    'counts': [numpy.bincount(full.ravel()).tolist() for full in whole],
}))
`;

gdalTest('GDAL opens a part with its overviews, and its record says where everything lies', async () => {
  const { tiles } = await storedPart('seen');
  const path = join(folder, partFile('seen'));
  expect(await inspectCog(path)).toMatchObject({ warnings: [], errors: [], size: [512, 512], epsg: '32631' });
  const seen = JSON.parse(await runPython(['-c', look, path, JSON.stringify(tiles)]));
  const both = (value: unknown) => [value, value];
  expect(seen).toEqual({
    blocks: both([512, 256, 128].map((side) => [side, side])),
    picked: both([true, true, true]),
    places: tiles.map(({ offset, size }) => [offset, size]),
    checksums: both([true, true, true]),
    inflated: both([512, 256, 128].map((side) => side ** 2)),
    counts: tiles.map(({ counts }) => counts),
  });
});

test('a part is found with its record, and not before its pixels are there or after they are gone', async () => {
  const record = await storedPart('whole');
  expect(await findPart(store, 'whole')).toEqual(record);
  expect(JSON.stringify(record.tiles).length).toBeLessThan(2000);
  await store.put('parts/early.json', readFileSync(join(folder, 'parts/whole.json')));
  expect(await findPart(store, 'early')).toBeNull();
  await removePart(store, 'whole');
  expect(await findPart(store, 'whole')).toBeNull();
});

test('a part whose record is of an older layout is not there, so that it is computed again', async () => {
  const { tiles, ...rest } = await storedPart('old');
  const old = { ...rest, tiles: tiles.map(({ offset, size }) => ({ offset, size })) };
  await store.put('parts/old.json', Buffer.from(JSON.stringify(old)));
  expect(await findPart(store, 'old')).toBeNull();
});
