import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { nodeStacIo, type StacLimits } from './io.ts';
import { searchScenes } from './search-scenes.ts';

const fixtures = fileURLToPath(new URL('../testing/fixtures/stac/', import.meta.url));
const signal = new AbortController().signal;
const bbox: [number, number, number, number] = [15.5, 46.4, 15.6, 46.5];
const august = { bbox, start: '2023-08-01', end: '2023-08-31' };
const demo = fileURLToPath(new URL('../../samples/season-flanders-2019', import.meta.url));

let folder = '';
let pack = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'stac-'));
  pack = join(folder, 'pack');
  cpSync(join(fixtures, 'static-33TWM'), pack, { recursive: true });
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

// eslint-disable-next-line @typescript-eslint/no-explicit-any
type Any = any;
const write = (path: string, document: unknown) => {
  mkdirSync(join(pack, path, '..'), { recursive: true });
  writeFileSync(join(pack, path), typeof document === 'string' ? document : JSON.stringify(document));
};
const edit = (path: string, change: (document: Any) => void) => {
  const document = JSON.parse(readFileSync(join(pack, path), 'utf8')) as Any;
  change(document);
  write(path, document);
};
const search = (place = pack, query: Parameters<typeof searchScenes>[1] = august, limits: Partial<StacLimits> = {}) =>
  searchScenes(place, query, nodeStacIo(), signal, limits);
const item = (id: string) => `${id}/${id}.json`;
const first = 'S2B_33TWM_20230813_0_L2A';

describe('a published static catalog in a directory', () => {
  test('its items by date, their assets inside the directory or remote', async () => {
    const found = await search();
    expect(found.collection).toBe('sentinel-2-l2a');
    expect(found.scenes.map(({ id }) => id)).toEqual([
      'S2B_33TWM_20230813_0_L2A',
      'S2A_33TWM_20230815_0_L2A',
      'S2A_33TWM_20230818_0_L2A',
    ]);
    const { assets } = found.scenes[0];
    expect(assets.B03?.href).toBe(join(pack, first, 'B03.tif'));
    expect(assets.B05?.href).toMatch(/^https:\/\/sentinel-cogs\..*\/B05\.tif$/);
    expect(assets.B03).toMatchObject({ scale: 0.0001, offset: 0 });
  });

  test('dates and place are filtered here, both days included', async () => {
    const span = await search(pack, { ...august, start: '2023-08-13', end: '2023-08-15' });
    expect(span.scenes).toHaveLength(2);
    expect((await search(pack, { ...august, bbox: [20, 46, 20.1, 46.1] })).scenes).toEqual([]);
  });

  test('a file, a catalog above it, and catalog.json before collection.json', async () => {
    expect((await search(join(pack, 'collection.json'))).scenes).toHaveLength(3);
    write('catalog.json', { type: 'Catalog', id: 'c', links: [{ rel: 'child', href: './empty.json' }] });
    write('empty.json', { type: 'Catalog', id: 'e', links: [] });
    expect((await search()).scenes).toEqual([]);
    write('catalog.json', { id: 'old', links: [{ rel: 'child', href: 'collection.json' }] });
    expect((await search()).scenes).toHaveLength(3);
  });

  test('items that lie in one feature collection', async () => {
    const features = ['S2A_33TWM_20230815_0_L2A', first].map((id) =>
      JSON.parse(readFileSync(join(pack, item(id)), 'utf8')),
    );
    write('items.json', { type: 'FeatureCollection', features });
    expect((await search(join(pack, 'items.json'))).scenes).toHaveLength(2);
  });

  test('a collection is chosen where there is one, asked for where there are several', async () => {
    expect((await search(pack, { ...august, collection: 'sentinel-2-l2a' })).scenes).toHaveLength(3);
    await expect(search(pack, { ...august, collection: 's2_l2a' })).rejects.toMatchObject({
      code: 'unknown-collection',
      message: expect.stringContaining('"sentinel-2-l2a"'),
    });
    const links = [{ rel: 'item', href: item(first) }];
    write('a.json', { type: 'Collection', id: 'mine', links });
    write('b.json', {
      type: 'Collection',
      id: 'yours',
      links: [{ rel: 'item', href: item('S2A_33TWM_20230815_0_L2A') }],
    });
    const children = ['a.json', 'b.json'].map((href) => ({ rel: 'child', href }));
    write('catalog.json', { type: 'Catalog', id: 'c', links: children });
    await expect(search()).rejects.toMatchObject({ code: 'unknown-collection' });
    expect((await search(pack, { ...august, collection: 'yours' })).scenes).toMatchObject([{ collection: 'yours' }]);
  });

  test('a catalog that links back to itself ends', async () => {
    edit('collection.json', ({ links }) => links.push({ rel: 'child', href: './collection.json' }));
    expect((await search()).scenes).toHaveLength(3);
  });
});

describe('what is refused, by name', () => {
  const refused = async (reason: RegExp, place = pack, limits: Partial<StacLimits> = {}) => {
    const message = expect.stringMatching(reason);
    await expect(search(place, august, limits)).rejects.toMatchObject({ code: 'invalid-source', message });
  };

  test('no such place, no catalog in it, another scheme', async () => {
    await refused(/there is no catalog at .*nowhere/, join(folder, 'nowhere'));
    await refused(/has no catalog\.json or collection\.json/, join(pack, first));
    await refused(/an http\(s\) address or a directory/, 's3://bucket/catalog.json');
  });

  test('a listed item that is missing', async () => {
    rmSync(join(pack, item(first)));
    await refused(/collection\.json lists .*S2B_33TWM_20230813_0_L2A\.json, which is not there/);
  });

  test('links out of the directory, by path or by symbolic link', async () => {
    cpSync(join(pack, first), join(folder, first), { recursive: true });
    const original = readFileSync(join(pack, 'collection.json'), 'utf8');
    for (const href of [`../${item(first)}`, '/etc/hostname', 'file:///etc/hostname']) {
      edit('collection.json', ({ links }) => links.push({ rel: 'item', href }));
      await refused(/leads out of the directory/);
      write('collection.json', original);
    }
    rmSync(join(pack, first), { recursive: true });
    symlinkSync(join(folder, first), join(pack, first));
    await refused(/is a link that leads out of/);
  });

  test('an asset that is a symbolic link out of the directory', async () => {
    symlinkSync('/etc/hostname', join(pack, first, 'B03.tif'));
    await refused(/B03\.tif is a link that leads out of/);
  });

  test('a document that is broken, of another kind, too large, or no file', async () => {
    write(item(first), '{"type": "Feature",');
    await refused(/S2B_33TWM_20230813_0_L2A\.json is not JSON/);
    write(item(first), { type: 'Topology' });
    await refused(/is not a STAC catalog, collection or item/);
    write(item(first), ' '.repeat(2000));
    await refused(/at most 1500 are read/, pack, { documentBytes: 1500 });
    rmSync(join(pack, item(first)));
    mkdirSync(join(pack, item(first)));
    await refused(/is not a file/);
  });

  test('too deep, too many documents, too many items', async () => {
    await refused(/more than 3 documents/, pack, { documents: 3 });
    await refused(/more than 2 items/, pack, { items: 2 });
    write('catalog.json', { type: 'Catalog', id: 'c', links: [{ rel: 'child', href: 'collection.json' }] });
    await refused(/more than 1 levels/, pack, { depth: 1 });
  });

  test('two items of one id', async () => {
    cpSync(join(pack, item(first)), join(pack, first, 'twin.json'));
    edit('collection.json', ({ links }) => links.push({ rel: 'item', href: `./${first}/twin.json` }));
    await refused(/two items of collection "sentinel-2-l2a" have the id S2B_33TWM_20230813_0_L2A/);
  });
});

describe('over HTTP', () => {
  const serve = async <T>(use: (url: string) => Promise<T>): Promise<T> => {
    const server = createServer((request, response) => {
      try {
        response.end(readFileSync(join(pack, decodeURIComponent(request.url ?? '/'))));
      } catch {
        response.writeHead(404).end();
      }
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    try {
      return await use(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    } finally {
      server.closeAllConnections();
      server.close();
    }
  };

  test('its document or its folder; relative assets become addresses', async () => {
    await serve(async (url) => {
      for (const place of [`${url}/collection.json`, url, `${url}/`]) {
        const found = await search(place);
        expect(found.scenes).toHaveLength(3);
        expect(found.scenes[0].assets.B03?.href).toBe(`${url}/${first}/B03.tif`);
        expect(found.scenes[0].href).toBe(`${url}/${item(first)}`);
      }
    });
  });

  test('a missing item, a link to another server and a collection of an API are refused', async () => {
    await serve(async (url) => {
      rmSync(join(pack, first), { recursive: true });
      await expect(search(`${url}/collection.json`)).rejects.toThrow(
        /lists .*S2B_33TWM_20230813_0_L2A\.json, which is not there/,
      );
      edit(
        'collection.json',
        (document) => (document.links = [{ rel: 'item', href: 'http://169.254.169.254/x.json' }]),
      );
      await expect(search(`${url}/collection.json`)).rejects.toThrow(/another server/);
      edit('collection.json', (document) => (document.links = [{ rel: 'items', href: './items' }]));
      await expect(search(`${url}/collection.json`)).rejects.toThrow(/one collection of a STAC API/);
    });
  });
});

test('the demo season: 72 dates in all, 41 from March to November 2019', async () => {
  const place: [number, number, number, number] = [4.06, 50.745, 4.065, 50.747];
  const all = await search(demo, { bbox: place, start: '2018-01-01', end: '2019-12-31' });
  expect(all.scenes).toHaveLength(72);
  expect(all.scenes[0]).toMatchObject({ collection: 's2_l2a', tile: '31UES', platform: null, epsg: 32631 });
  expect(all.scenes[0].assets.B08).toMatchObject({ scale: 0.0001, offset: 0 });
  const season = await search(demo, { bbox: place, start: '2019-03-01', end: '2019-11-30' });
  expect(season.scenes).toHaveLength(41);
});
