import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { nextRequest } from './api-pages.ts';
import type { StacIo } from './io.ts';
import { searchScenes } from './search-scenes.ts';

interface Exchange {
  request: { method: string; url: string; body: unknown };
  response: { status: number; contentType: string; body: unknown };
}
type Sent = Exchange['request'];
// eslint-disable-next-line @typescript-eslint/no-explicit-any
type Any = any;

const fixture = (name: string): Any =>
  JSON.parse(readFileSync(new URL(`../testing/fixtures/stac/${name}.json`, import.meta.url), 'utf8'));
const recorded = (name: string): Exchange[] => fixture(`recorded-earth-search-${name}`);
const signal = new AbortController().signal;
const v1 = 'https://earth-search.aws.element84.com/v1';
const v0 = 'https://earth-search.aws.element84.com/v0';

const refuse = () => Promise.reject(new Error('not in this test'));
const io = (fetcher: (sent: Sent) => { status: number; body: unknown }, sent: Sent[] = []): StacIo => ({
  fetch: (input, init) => {
    const body = init?.body ? JSON.parse(String(init.body)) : null;
    const request = { method: init?.method ?? 'GET', url: String(input), body };
    sent.push(request);
    const { status, body: answer } = fetcher(request);
    return Promise.resolve(new Response(JSON.stringify(answer), { status }));
  },
  realpath: refuse,
  readFile: refuse,
  sleep: () => Promise.resolve(),
  random: () => 0.5,
});

/** Answers each address as recorded, in turn; asks for what was never recorded end the test. */
function replay(exchanges: Exchange[], sent: Sent[] = []): StacIo {
  const rest = [...exchanges];
  return io((request) => {
    const index = rest.findIndex(({ request: { method, url } }) => method === request.method && url === request.url);
    if (index < 0) throw new Error(`not recorded: ${request.method} ${request.url}`);
    const [{ response }] = rest.splice(index, 1);
    return response;
  }, sent);
}

describe('recorded answers', () => {
  const colorado = { bbox: [-105.2, 40.1, -105, 40.2], start: '2023-10-08', end: '2023-10-08' } as const;
  const query = { ...colorado, bbox: [...colorado.bbox] as [number, number, number, number] };
  const exchanges = [...recorded('v1-collections'), ...recorded('v1-search-multiple-collections')];

  test('Earth Search v1: paging to the empty page, other collections left out by name', async () => {
    const sent: Sent[] = [];
    const found = await searchScenes(v1, { ...query, collection: 'sentinel-2-l2a' }, replay(exchanges, sent), signal);
    expect(found.scenes.map(({ id }) => id)).toEqual(['S2A_13TDE_20231008_0_L2A']);
    expect(found.scenes[0]).toMatchObject({ tile: '13TDE', baseline: '05.09' });
    expect(found.scenes[0].assets.B08).toMatchObject({ key: 'nir', offset: 0 });
    expect(found.skipped).toEqual([{ id: 'LC08_L2SP_033032_20231008_02_T1', reason: 'of collection landsat-c2-l2' }]);
    expect(sent.map(({ method, url }) => `${method} ${url}`)).toEqual([
      `GET ${v1}`,
      `GET ${v1}/collections`,
      `POST ${v1}/search`,
      `POST ${v1}/search`,
    ]);
    expect(sent[2].body).toEqual({
      collections: ['sentinel-2-l2a'],
      bbox: [-105.2, 40.1, -105, 40.2],
      datetime: '2023-10-08T00:00:00Z/2023-10-08T23:59:59Z',
      limit: 100,
    });
    const recordedNext = exchanges.at(-1)?.request.body as Record<string, unknown>;
    expect(sent[3].body).toEqual(recordedNext);
  });

  test('a page with nothing but a token as next body is asked for exactly so', async () => {
    const pages = recorded('v1-search-filter');
    const sent: Sent[] = [];
    const rest = replay(pages, sent);
    const last = { status: 200, body: { type: 'FeatureCollection', features: [], links: [] } };
    const ending: StacIo = {
      ...rest,
      fetch: (input, init) =>
        sent.filter(({ method }) => method === 'POST').length < 2
          ? String(input).endsWith('/collections')
            ? replay(recorded('v1-collections'), sent).fetch(input, init)
            : rest.fetch(input, init)
          : io(() => last, sent).fetch(input, init),
    };
    const whole = {
      bbox: [-180, -90, 180, 90] as [number, number, number, number],
      start: '2025-07-31',
      end: '2025-07-31',
    };
    const found = await searchScenes(v1, whole, ending, signal);
    expect(found.collection).toBe('sentinel-2-c1-l2a');
    const posts = sent.filter(({ method }) => method === 'POST').map(({ body }) => body);
    expect(posts[1]).toEqual(pages[2].request.body);
    const c1 = pages.slice(1).flatMap(({ response }) => (response.body as Any).features as Any[]);
    expect(found.scenes.map(({ id }) => id).sort()).toEqual(
      c1
        .filter((item) => item.collection === 'sentinel-2-c1-l2a')
        .map((item) => item.id as string)
        .sort(),
    );
    expect(found.scenes[0].assets.B04?.offset).toBe(-0.1);
  });

  test('an unknown collection is refused with those that exist', async () => {
    const wanted = { ...query, collection: 's2_l2a' };
    await expect(searchScenes(v1, wanted, replay(exchanges), signal)).rejects.toMatchObject({
      code: 'unknown-collection',
      message: expect.stringMatching(/no collection "s2_l2a"; .*"sentinel-2-pre-c1-l2a", .*"sentinel-2-c1-l2a"/),
    });
  });

  test('Earth Search v0: no conformsTo, no method; its known collection is chosen', async () => {
    const sent: Sent[] = [];
    const item = fixture('items/S2B_35QKG_20230603_0_L2A');
    const page = { status: 200, body: { type: 'FeatureCollection', features: [item] } };
    const old = recorded('v0');
    const answering = replay(old, sent);
    const mixed: StacIo = {
      ...answering,
      fetch: (input, init) =>
        init?.method === 'POST' ? io(() => page, sent).fetch(input, init) : answering.fetch(input, init),
    };
    const place = {
      bbox: [24.5, 23.9, 24.6, 24] as [number, number, number, number],
      start: '2023-06-01',
      end: '2023-06-30',
    };
    const found = await searchScenes(v0, place, mixed, signal);
    expect(found.collection).toBe('sentinel-s2-l2a-cogs');
    expect(found.scenes.map(({ id }) => id)).toEqual(['S2B_35QKG_20230603_0_L2A']);
    expect(sent.at(-1)).toMatchObject({ method: 'POST', url: `${v0}/search` });
  });
});

describe('an API of our own making', () => {
  const site2 = fixture('site2-2020_jun_jul-35MNM').features as Any[];
  const api = 'https://stac.example/api';
  const query = {
    bbox: [27.4, -7.8, 27.5, -7.7] as [number, number, number, number],
    start: '2020-06-01',
    end: '2020-07-31',
  };
  const collections = ['s2_l1c', 'sentinel-2-l2a'];
  const root = { links: [{ rel: 'search', href: './api/search' }], conformsTo: [] };
  const page = (features: Any[], next?: object) => ({
    status: 200,
    body: { type: 'FeatureCollection', features, links: next ? [{ rel: 'next', ...next }] : [] },
  });
  const serve = (search: (sent: Sent, count: number) => { status: number; body: unknown }, landing: object = root) => {
    const sent: Sent[] = [];
    let count = 0;
    const answering = io((request) => {
      if (request.url === api) return { status: 200, body: landing };
      if (request.url === `${api}/collections`)
        return { status: 200, body: { collections: collections.map((id) => ({ id })) } };
      return search(request, count++);
    }, sent);
    return { answering, sent };
  };
  const dates = (found: Awaited<ReturnType<typeof searchScenes>>) =>
    found.scenes.map((scene) => scene.datetime.slice(0, 10));

  test('next links with merge keep the search, and GET links are followed as they are', async () => {
    const { answering, sent } = serve((_, count) => {
      if (count === 0)
        return page(site2.slice(0, 5), { href: './search', method: 'POST', merge: true, body: { token: 'a' } });
      if (count === 1) return page(site2.slice(5, 9), { href: `${api}/search?token=b` });
      return page(site2.slice(9));
    });
    const found = await searchScenes(api, query, answering, signal);
    expect(dates(found)).toHaveLength(13);
    expect(dates(found)).toEqual([...dates(found)].sort());
    expect(sent[3].body).toMatchObject({ token: 'a', collections: ['sentinel-2-l2a'], limit: 100 });
    expect(sent[4]).toEqual({ method: 'GET', url: `${api}/search?token=b`, body: null });
  });

  test.each([405, 501, 404])('POST answered by %i falls back to GET', async (status) => {
    const { answering, sent } = serve((request) =>
      request.method === 'POST' ? { status, body: {} } : page(site2.slice(0, 2)),
    );
    expect((await searchScenes(api, query, answering, signal)).scenes).toHaveLength(2);
    const asked = new URL(sent.at(-1)?.url ?? '').searchParams;
    expect(Object.fromEntries(asked)).toEqual({
      collections: 'sentinel-2-l2a',
      bbox: '27.4,-7.8,27.5,-7.7',
      datetime: '2020-06-01T00:00:00Z/2020-07-31T23:59:59Z',
      limit: '100',
    });
  });

  test('an API that offers only GET is never sent a POST', async () => {
    const landing = { links: [{ rel: 'search', href: `${api}/search`, method: 'GET' }] };
    const { answering, sent } = serve(() => page(site2), landing);
    await searchScenes(api, query, answering, signal);
    expect(sent.map(({ method }) => method)).toEqual(['GET', 'GET', 'GET']);
  });

  test('what the server should have filtered is skipped with the reason', async () => {
    const { answering } = serve(() => page(site2));
    const june = { ...query, end: '2020-06-30' };
    const found = await searchScenes(api, june, answering, signal);
    expect(dates(found).at(-1)).toBe('2020-06-26');
    expect(found.skipped).toHaveLength(7);
    const elsewhere = { ...query, bbox: [28.5, -7.8, 28.6, -7.7] as [number, number, number, number] };
    const none = await searchScenes(api, elsewhere, serve(() => page(site2)).answering, signal);
    expect(none.scenes).toEqual([]);
    expect(none.skipped[0].reason).toBe('its footprint misses the area');
  });

  test('the same page for ever, and empty pages for ever, are an error', async () => {
    const next = { href: `${api}/search`, method: 'POST', body: { page: 2 } };
    const same = serve(() => page(site2, next));
    await expect(searchScenes(api, query, same.answering, signal)).rejects.toMatchObject({
      code: 'invalid-source',
      message: expect.stringContaining('the server sends the same page for ever'),
    });
    expect(same.sent).toHaveLength(4);
    const empty = serve(() => page([], next));
    await expect(searchScenes(api, query, empty.answering, signal)).rejects.toThrow(/empty pages for ever/);
  });

  test('pages and items have a limit', async () => {
    const endless = (_: Sent, count: number) =>
      page([{ ...site2[0], id: `scene-${count}` }], { href: `${api}/search?n=${count}` });
    await expect(searchScenes(api, query, serve(endless).answering, signal, { pages: 7 })).rejects.toThrow(
      /more than 7 pages/,
    );
    await expect(searchScenes(api, query, serve(endless).answering, signal, { items: 5 })).rejects.toThrow(
      /more than 5 items/,
    );
  });

  test.each([
    ['a next link', () => page(site2, { href: 'https://other.example/search' }), root],
    ['a search link', () => page(site2), { links: [{ rel: 'search', href: 'http://stac.example/api/search' }] }],
  ])('%s to another server is refused', async (what, search, landing) => {
    const { answering, sent } = serve(search, landing);
    await expect(searchScenes(api, query, answering, signal)).rejects.toMatchObject({
      code: 'invalid-source',
      message: expect.stringContaining(`${what} to`),
    });
    expect(sent.every(({ url }) => url.startsWith(api))).toBe(true);
  });

  test('an item that is none fails the search by name', async () => {
    const { answering } = serve(() => page([{ ...site2[0], bbox: [1, 2] }]));
    await expect(searchScenes(api, query, answering, signal)).rejects.toMatchObject({
      code: 'invalid-source',
      message: expect.stringContaining(site2[0].id as string),
    });
  });

  test('headers of a next link are sent, but not those that say who asks or where', () => {
    const link = {
      rel: 'next',
      href: `${api}/search`,
      headers: { 'x-token': 'a', Authorization: 'stolen', Host: 'evil', 'content-length': '1', 'bad name': 'x' },
    };
    expect(nextRequest(link, api, { url: api }).headers).toEqual({ 'x-token': 'a' });
  });
});

describe('queries that cannot be asked', () => {
  const never = io(() => {
    throw new Error('nothing may be asked');
  });
  const ask = (bbox: number[], start = '2020-06-01', end = '2020-06-30') =>
    searchScenes('https://stac.example', { bbox: bbox as [number, number, number, number], start, end }, never, signal);

  test.each([
    [[179, -1, -179, 1], /antimeridian/],
    [[1, 50, 2, 40], /south above its north/],
    [[-200, 0, 1, 1], /degrees/],
    [[0, 0, Number.NaN, 1], /four numbers/],
  ])('%j', async (bbox, reason) => {
    await expect(ask(bbox)).rejects.toMatchObject({ code: 'invalid-aoi', message: expect.stringMatching(reason) });
  });

  test('days that do not exist, or run backwards', async () => {
    await expect(ask([0, 0, 1, 1], '2020-02-30')).rejects.toMatchObject({ code: 'invalid-season' });
    await expect(ask([0, 0, 1, 1], '2020-07-01', '2020-06-30')).rejects.toMatchObject({ code: 'invalid-season' });
  });
});
