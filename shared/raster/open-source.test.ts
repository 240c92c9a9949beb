import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { GeoCropError } from '#shared/domain/errors.ts';
import { sourceOpener } from './open-source.ts';

let folder: string;
beforeAll(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'geocrop-source-')));
  await mkdir(join(folder, 'pack'));
  await mkdir(join(folder, 'pack', 'sub'));
  await writeFile(join(folder, 'pack', 'a b.tif'), '0123456789');
  await writeFile(join(folder, 'outside.tif'), 'secret');
  await symlink(join(folder, 'outside.tif'), join(folder, 'pack', 'link.tif'));
});
afterAll(() => rm(folder, { recursive: true }));

async function failure(promise: Promise<unknown>): Promise<GeoCropError> {
  const error = await promise.then(() => undefined, (caught: unknown) => caught); // prettier-ignore
  expect(error).toBeInstanceOf(GeoCropError);
  return error as GeoCropError;
}

const body = (length: number) =>
  new Response('x'.repeat(length), { status: 206, headers: { 'content-range': `bytes 0-${length - 1}/${length}` } });

describe('addresses', () => {
  test('a path and a file: address are read from the disk', async () => {
    const open = sourceOpener();
    const path = join(folder, 'pack', 'a b.tif');
    for (const href of [path, pathToFileURL(path).href]) {
      const source = open(href);
      expect(await source.size()).toBe(10);
      expect(Buffer.from(await source.read(3, 4)).toString()).toBe('3456');
      expect((await failure(source.read(8, 3))).message).toContain('truncated');
    }
  });

  test('http goes to fetch and s3 to the client', async () => {
    const asked: string[] = [];
    const fetch = (async (url: URL) => {
      asked.push(url.href);
      return body(7);
    }) as typeof globalThis.fetch;
    const s3 = { send: () => Promise.reject(Object.assign(new Error('gone'), { $metadata: { httpStatusCode: 404 } })) };
    const open = sourceOpener({ fetch, s3 });
    expect(await open('https://example.org/a.tif').size()).toBe(7);
    expect(asked).toEqual(['https://example.org/a.tif']);
    expect((await failure(open('s3://bucket/key.tif').size())).message).toContain('s3://bucket/key.tif');
  });

  test.each(['relative/a.tif', 'ftp://host/a.tif', 'data:,x', '', '/vsicurl/x:y'.slice(1), 'https://user:pw@host/a'])(
    '"%s" is refused',
    (href) => {
      expect(() => sourceOpener()(href)).toThrow(GeoCropError);
    },
  );

  test('s3 without a client is refused', () => {
    expect(() => sourceOpener()('s3://bucket/key')).toThrow('needs an S3 client');
  });
});

describe('what may be read', () => {
  test('a host that is not allowed is refused before any request', () => {
    const open = sourceOpener({ allowHref: (href) => href.startsWith('https://good.example/') });
    expect(open('https://good.example/a.tif').name).toBe('https://good.example/a.tif');
    expect(() => open('https://good.example.evil.org/a.tif')).toThrow('not among the allowed hosts');
    expect(() => open('http://169.254.169.254/latest')).toThrow('not among the allowed hosts');
  });

  test('a link that leads out of the allowed folder is refused', async () => {
    const pack = join(folder, 'pack');
    const open = sourceOpener({ allowHref: (path) => path.startsWith(`${pack}/`) });
    expect(await open(join(pack, 'a b.tif')).size()).toBe(10);
    expect((await failure(open(join(pack, 'link.tif')).size())).code).toBe('invalid-source');
    expect((await failure(open(join(pack, '..', 'outside.tif')).size())).code).toBe('invalid-source');
  });

  test('a folder, a device and a missing file are broken scenes', async () => {
    const open = sourceOpener();
    for (const path of [join(folder, 'pack', 'sub'), '/dev/zero', join(folder, 'none.tif')]) {
      const error = await failure(open(path).size());
      expect(error.code).toBe('broken-scene');
      expect(error.message).toContain(path);
    }
  });

  test('an aborted signal stops a read', async () => {
    const source = sourceOpener()(join(folder, 'pack', 'a b.tif'));
    await expect(source.read(0, 1, AbortSignal.abort(new Error('stopped')))).rejects.toThrow('stopped');
  });
});
