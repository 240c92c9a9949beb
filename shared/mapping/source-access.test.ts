import { cpSync, mkdirSync, readFileSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { folderOf } from '#shared/config/sources.ts';
import { GeoCropError } from '#shared/domain/errors.ts';
import type { Source } from '#shared/domain/source.ts';
import { demoSeason, SeasonCopy } from '#shared/testing/season-copy.ts';
import { loopback, serveFolder } from '#shared/testing/static-server.ts';
import { workFolder } from '#shared/testing/work-folder.ts';
import type { TaskAsset } from './chunk-task.ts';
import { assertReadable, searchSource, sourceReaders } from './source-access.ts';

const folder = realpathSync(workFolder('source-access'));
const pack = join(folder, 'pack');
const outside = join(folder, 'outside');
for (const path of [pack, outside]) mkdirSync(path);
const season = new SeasonCopy(demoSeason, join(folder, 'season'), (id) => /_201903/.test(id));
const band = season.file(0, 'B04.tif');
const source = (hosts: string[] = [], stac = pack): Source => ({ id: 'a', title: 'A', stac, collection: null, hosts });
const window = { epsg: 32631, originX: 574_900, originY: 5_622_200, pixelSize: 10, width: 4, height: 4 };
const asset = (href: string): TaskAsset => ({ href, scale: 1, offset: 0, shape: null, identity: href });
const s3 = { read: () => Promise.reject(new Error('no S3 here')) } as never;
const read = (from: Source, href: string) =>
  sourceReaders({ s3, folderOf, http: { timeoutMs: 3000, tries: 1 } })(from)(asset(href), window);
const refusal = { code: 'invalid-source' };

cpSync(band, join(pack, 'B04.tif'));
cpSync(band, join(outside, 'B04.tif'));
symlinkSync(join(outside, 'B04.tif'), join(pack, 'link.tif'));
symlinkSync(outside, join(pack, 'way'));
writeFileSync(join(outside, 'secret'), 'secret');

describe('a folder', () => {
  test('gives its own files', async () => {
    await expect(assertReadable(source(), pack, join(pack, 'B04.tif'))).resolves.toBeUndefined();
    await expect(read(source(), join(pack, 'B04.tif'))).resolves.toBeDefined();
  });

  test.each([
    ['a link out of it', join(pack, 'link.tif')],
    ['a way through a linked folder', join(pack, 'way', 'B04.tif')],
    ['a climbing path', `${pack}/../outside/B04.tif`],
    ['a climbing path to nothing', `${pack}/../outside/nothing.tif`],
    ['another folder', join(outside, 'B04.tif')],
    ['a system file', '/etc/passwd'],
    ['a file address', 'file:///etc/passwd'],
    ['a device', '/dev/zero'],
    ['the machine beside it', 'http://169.254.169.254/latest'],
    ['any web address', 'https://example.org/x.tif'],
    ['a bucket', 's3://bucket/x.tif'],
  ])('not %s', async (_, href) => {
    await expect(assertReadable(source(), pack, href)).rejects.toMatchObject(refusal);
    await expect(read(source(), href)).rejects.toThrow();
  });
});

describe('what is wrong with a file of a folder is told by its place in it', () => {
  const linked = join(folder, 'linked-pack');
  symlinkSync(pack, linked);
  mkdirSync(join(pack, 'deep'));
  writeFileSync(join(pack, 'deep', 'broken.tif'), 'no TIFF');
  writeFileSync(join(pack, 'deep', 'short.tif'), readFileSync(band).subarray(0, 600));

  test.each([
    ['missing', 'deep/missing.tif'],
    ['no TIFF', 'deep/broken.tif'],
    ['cut off', 'deep/short.tif'],
    ['a folder', 'deep'],
    ['a link out of it', 'link.tif'],
    ['under a file', 'B04.tif/x.tif'],
    ['of too long a name', `deep/${'x'.repeat(300)}.tif`],
  ])('%s', async (_, name) => {
    for (const place of [pack, linked]) {
      const error: Error = await read(source([], place), join(place, name)).then(
        () => expect.unreachable(),
        (thrown) => thrown,
      );
      expect(error).toBeInstanceOf(GeoCropError);
      expect(error.message.startsWith(`${name} `)).toBe(true);
      expect(error.message).not.toContain(folder);
    }
  });

  test('and outside of it by its name alone', async () => {
    const message = (href: string) =>
      assertReadable(source(), pack, href).then(
        () => '',
        (error: Error) => error.message,
      );
    expect(await message(join(outside, 'B04.tif'))).toContain('an asset at .../B04.tif, which is not among');
    expect(await message(join(pack, 'link.tif'))).toContain('an asset at link.tif, which is not among');
  });

  test('also in what a search says and leaves out', async () => {
    const found = {
      scenes: [{ href: `${pack}/a/a.json` }],
      skipped: [{ id: 'a', reason: `${pack}/a/B04.tif is not there` }],
    };
    expect(await searchSource(source(), pack, async () => found)).toEqual({
      scenes: [{ href: 'a/a.json' }],
      skipped: [{ id: 'a', reason: 'a/B04.tif is not there' }],
    });
    const broken = `${pack}/collection.json leads out of the directory ${pack}`;
    const failing = searchSource(source([], linked), pack, () =>
      Promise.reject(new GeoCropError('invalid-source', broken, { field: 'stac' })),
    );
    await expect(failing).rejects.toMatchObject({
      code: 'invalid-source',
      field: 'stac',
      message: "collection.json leads out of the directory the source's folder",
    });
  });
});

describe('a web source', () => {
  test('gives files of its hosts, and of no other, whatever a redirect says', async () => {
    const files = await serveFolder(pack);
    const asked: string[] = [];
    const inner = await loopback((request, response) => {
      asked.push(request.url!);
      response.writeHead(200, { 'content-length': 6 }).end('secret');
    });
    const moved = await loopback((_, response) => {
      response.writeHead(302, { location: `${inner.address}/latest/meta-data` }).end();
    });
    const hostOf = (address: string) => new URL(address).host;
    const listed = source([hostOf(files.address), hostOf(moved.address)], 'https://stac.example.org');
    await expect(read(listed, `${files.address}/B04.tif`)).resolves.toBeDefined();
    await expect(read(listed, `${moved.address}/B04.tif`)).rejects.toThrow(
      /redirects to .*not among the allowed hosts/,
    );
    await expect(read(listed, `${inner.address}/B04.tif`)).rejects.toMatchObject(refusal);
    const named = files.address.replace('//', '//user:password@');
    await expect(read(listed, `${named}/B04.tif`)).rejects.toMatchObject(refusal);
    expect(asked).toEqual([]);
  });

  test('is refused before anything is computed, without the secrets of an address', async () => {
    const listed = source(['data.example.org'], 'https://stac.example.org');
    await expect(assertReadable(listed, null, 'https://data.example.org/x.tif')).resolves.toBeUndefined();
    const named = assertReadable(listed, null, 'https://user:password@inner.example/x.tif?token=1');
    await expect(named).rejects.toMatchObject({ ...refusal, field: 'source' });
    await expect(named).rejects.not.toThrow(/password|token/);
  });
});
