import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { requestJson } from './http-json.ts';
import { defaultLimits, nodeStacIo, type StacLimits } from './io.ts';
import { searchScenes } from './search-scenes.ts';

let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

/** A server on the loopback that counts its requests. */
async function listen(handler: (count: number) => RequestListener): Promise<{ url: string; requests: () => number }> {
  let count = 0;
  server = createServer((request, response) => handler(count++)(request, response));
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, requests: () => count };
}

const answer =
  (status: number, body: string, headers: Record<string, string> = {}): RequestListener =>
  (_, response) =>
    response.writeHead(status, headers).end(body);

function transport(limits: Partial<StacLimits> = {}, signal = new AbortController().signal) {
  const waits: number[] = [];
  const io = { ...nodeStacIo(), random: () => 0.5, sleep: async (ms: number) => void waits.push(ms) };
  return { waits, io, signal, limits: { ...defaultLimits, ...limits } };
}

describe('what may pass is tried again', () => {
  test.each([429, 500, 502, 503])('%i twice, then the answer; the wait doubles', async (status) => {
    const { url } = await listen((count) => (count < 2 ? answer(status, 'busy') : answer(200, '{"ok":1}')));
    const by = transport();
    expect((await requestJson({ url }, by)).body).toEqual({ ok: 1 });
    expect(by.waits).toEqual([500, 1000]);
  });

  test('Retry-After is honoured, up to the limit', async () => {
    const { url } = await listen((count) =>
      count === 2 ? answer(200, '{}') : answer(429, '', { 'retry-after': count === 0 ? '7' : '86400' }),
    );
    const by = transport();
    await requestJson({ url }, by);
    expect(by.waits).toEqual([7000, 60_000]);
  });

  test('500 for ever ends as source-unavailable after the tries', async () => {
    const { url, requests } = await listen(() => answer(500, 'broken'));
    await expect(requestJson({ url }, transport())).rejects.toMatchObject({
      code: 'source-unavailable',
      message: expect.stringContaining(`${url} gave no answer in 5 tries (HTTP 500)`),
    });
    expect(requests()).toBe(5);
  });

  test('a server that says nothing is given up', async () => {
    const { url, requests } = await listen(() => () => undefined);
    await expect(requestJson({ url }, transport({ timeoutMs: 100, tries: 2 }))).rejects.toMatchObject({
      code: 'source-unavailable',
      message: expect.stringContaining('no answer within 0.1 s'),
    });
    expect(requests()).toBe(2);
  });

  test('a body that stalls or breaks off is tried again', async () => {
    const { url } = await listen((count) => (_, response) => {
      if (count === 2) return response.end('{"ok":1}');
      response.writeHead(200, { 'content-length': '100' }).write('{"features": [');
      if (count === 1) response.socket?.destroy();
      return undefined;
    });
    expect((await requestJson({ url }, transport({ timeoutMs: 200 }))).body).toEqual({ ok: 1 });
  });

  test('nobody listening', async () => {
    const { url } = await listen(() => answer(200, '{}'));
    server?.close();
    await expect(requestJson({ url }, transport({ tries: 2 }))).rejects.toMatchObject({
      code: 'source-unavailable',
      message: expect.stringContaining('ECONNREFUSED'),
    });
  });

  test('an abort ends it at once, also between tries', async () => {
    const { url, requests } = await listen(() => answer(503, ''));
    const abort = new AbortController();
    const by = transport({}, abort.signal);
    by.io.sleep = nodeStacIo().sleep as typeof by.io.sleep;
    setTimeout(() => abort.abort(new Error('Ctrl-C')), 100);
    await expect(requestJson({ url }, by)).rejects.toThrow(/Ctrl-C|aborted/);
    expect(requests()).toBe(1);
  });
});

describe('what is wrong for good is refused', () => {
  test('HTML instead of JSON', async () => {
    const { url, requests } = await listen(() => answer(200, '<!DOCTYPE html><html>', { 'content-type': 'text/html' }));
    await expect(requestJson({ url }, transport())).rejects.toMatchObject({
      code: 'invalid-source',
      message: expect.stringMatching(/is not JSON \(the answer begins with "<!DOCTYPE html/),
    });
    expect(requests()).toBe(1);
  });

  test('a body without end is cut off', async () => {
    const { url } = await listen(() => (_, response) => {
      const chunk = Buffer.alloc(65536, 'x');
      const push = () => {
        while (!response.destroyed && response.write(chunk));
        response.once('drain', push);
      };
      push();
    });
    await expect(requestJson({ url }, transport({ documentBytes: 1_000_000 }))).rejects.toMatchObject({
      code: 'invalid-source',
      message: expect.stringContaining('more than 1000000 bytes'),
    });
  });

  test('redirects: inside the server yes, elsewhere no, round and round no', async () => {
    const moved = (location: string) => answer(301, '', { location });
    const { url } = await listen(() => (request, response) => {
      if (request.url === '/old') return moved('/new')(request, response);
      if (request.url === '/away') return moved('http://169.254.169.254/latest')(request, response);
      if (request.url === '/loop') return moved('/loop')(request, response);
      return answer(200, '{"ok":1}')(request, response);
    });
    expect(await requestJson({ url: `${url}/old` }, transport())).toMatchObject({ url: `${url}/new`, body: { ok: 1 } });
    await expect(requestJson({ url: `${url}/away` }, transport())).rejects.toThrow(/another server/);
    await expect(requestJson({ url: `${url}/loop` }, transport())).rejects.toThrow(/redirects more than 3 times/);
  });

  test.each([
    ['HTML', answer(200, '<html>')],
    ['a list', answer(200, '[]')],
    ['a text', answer(200, '"x"')],
    ['404', answer(404, '')],
    ['403', answer(403, '')],
    ['some other JSON', answer(200, '{"hello": "world"}')],
  ])('a search of %s is no search of a catalog', async (_, listener) => {
    const { url } = await listen(() => listener);
    const query = { bbox: [0, 0, 1, 1] as [number, number, number, number], start: '2020-01-01', end: '2020-02-01' };
    const { io, signal } = transport();
    await expect(searchScenes(url, query, io, signal)).rejects.toMatchObject({
      code: 'invalid-source',
      message: expect.stringContaining(url),
    });
  });
});
