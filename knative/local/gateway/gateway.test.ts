import { request as httpRequest, type IncomingMessage } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { serviceManifest } from '../testing/manifests.ts';
import { rawRequest } from '../testing/raw-request.ts';
import { openTestRuntime, until } from '../testing/test-runtime.ts';

interface Info {
  request: { headers: Record<string, string>; rawHeaders: string[]; url: string; method: string };
}

const jobs = serviceManifest('jobs', { annotations: { 'max-scale': '1' } });
const state = async (url: string) => (await (await fetch(`${url}/jobs/state`)).json()) as Record<string, number>;

describe('routing', () => {
  test('what nobody owns is a 404 problem', async () => {
    const { url } = await openTestRuntime([jobs]);
    const answer = await fetch(`${url}/nothing`);
    expect(answer.status).toBe(404);
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
    expect(await answer.json()).toEqual({
      type: '/problems/not-found',
      title: 'Not found',
      status: 404,
      detail: 'nothing is served at /nothing',
      instance: '/nothing',
      code: 'not-found',
      requestId: answer.headers.get('x-request-id'),
    });
  });

  test('a path that cannot be read, a target that is none, a broken request: refused, and it goes on', async () => {
    const { url, port } = await openTestRuntime([jobs]);
    expect((await fetch(`${url}/jobs/%zz`)).status).toBe(400);
    expect(await rawRequest(port, 'OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n')).toContain('400 Bad Request');
    expect(
      await rawRequest(
        port,
        'POST /jobs/echo HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n',
      ),
    ).toContain('400 Bad Request');
    expect((await fetch(`${url}/jobs/info`)).status).toBe(200);
  });

  test('a request to change the protocol is refused in words', async () => {
    const { port } = await openTestRuntime([jobs]);
    const upgrade = 'GET /jobs/info HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n';
    expect(await rawRequest(port, upgrade)).toMatch(/^HTTP\/1.1 501 .*does not change protocols/s);
  });
});

describe('requests and answers', () => {
  test('method, path, query, headers and body arrive as they were sent', async () => {
    const { url } = await openTestRuntime([jobs]);
    const headers = { 'x-user': 'a, b', 'x-request-id': 'me-1', cookie: 'c=1' };
    const answer = await fetch(`${url}/jobs/a%20b/info?x=1&y=%2F`, { method: 'DELETE', headers });
    const { request } = (await answer.json()) as Info;
    expect(request).toMatchObject({ method: 'DELETE', url: '/jobs/a%20b/info?x=1&y=%2F' });
    expect(request.headers).toMatchObject({ ...headers, host: new URL(url).host, 'x-forwarded-for': '127.0.0.1' });
    expect(answer.headers.get('x-request-id')).toBe('me-1');
  });

  test('5 MB go there and back', async () => {
    const { url } = await openTestRuntime([jobs]);
    const body = Buffer.alloc(5_000_000, 'crop');
    const answer = await fetch(`${url}/jobs/echo`, { method: 'POST', body });
    expect(Buffer.from(await answer.arrayBuffer()).equals(body)).toBe(true);
  });

  test('bodies of every framing: chunked GET, empty POST, HTTP/1.0', async () => {
    const { url, port } = await openTestRuntime([jobs]);
    await fetch(`${url}/jobs/info`);
    const chunked =
      'GET /jobs/echo HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n4\r\ncrop\r\n0\r\n\r\n';
    expect(await rawRequest(port, chunked)).toContain('crop');
    const empty = await fetch(`${url}/jobs/info`, { method: 'POST' });
    expect(((await empty.json()) as Info).request.headers).toMatchObject({ 'content-length': '0' });
    expect(await rawRequest(port, 'GET /jobs/state HTTP/1.0\r\n\r\n')).toContain('200 OK');
  });

  test('an answer’s status and repeated headers come through; a body that nobody read does not stall', async () => {
    const { url } = await openTestRuntime([jobs]);
    const answer = await fetch(`${url}/jobs/refuse`, { method: 'POST', body: Buffer.alloc(3_000_000) });
    expect(answer.status).toBe(413);
    expect(answer.headers.getSetCookie()).toEqual(['a=1', 'b=2']);
    expect((await fetch(`${url}/jobs/info`)).status).toBe(200);
  });

  test('request and answer flow at the same time, piece by piece', async () => {
    const { port } = await openTestRuntime([jobs]);
    const request = httpRequest({ port, path: '/jobs/echo', method: 'POST' });
    const answered = new Promise<IncomingMessage>((resolve) => request.on('response', resolve));
    request.write('one');
    const answer = await answered;
    const pieces = answer[Symbol.asyncIterator]();
    expect(String((await pieces.next()).value)).toBe('one');
    request.end('two');
    expect(String((await pieces.next()).value)).toBe('two');
  });

  test('an event arrives when it is sent, not when the stream ends', async () => {
    const { url } = await openTestRuntime([jobs]);
    const answer = await fetch(`${url}/jobs/events?n=2&every=300`);
    const begun = Date.now();
    const reader = answer.body!.getReader();
    expect(Buffer.from((await reader.read()).value!).toString()).toBe('data: open\n\n');
    expect(Date.now() - begun).toBeLessThan(250);
    expect(Buffer.from((await reader.read()).value!).toString()).toBe('data: 0\n\n');
    expect(Buffer.from((await reader.read()).value!).toString()).toBe('data: 1\n\n');
    expect(Date.now() - begun).toBeGreaterThanOrEqual(550);
  });
});

describe('bounds', () => {
  const limits = { maxBodyBytes: 1_000_000 };

  test('a body over the limit is a 413 problem, announced or not', async () => {
    const { url } = await openTestRuntime([jobs], { limits });
    const big = Buffer.alloc(50_000_000);
    const stream = () => new Blob([big]).stream();
    const streamed = { method: 'POST', body: stream(), duplex: 'half' } as RequestInit;
    for (const init of [{ method: 'POST', body: big }, streamed]) {
      const answer = await fetch(`${url}/jobs/slow?ms=3000`, init);
      expect(answer.status).toBe(413);
      expect(await answer.json()).toMatchObject({
        code: 'too-large',
        field: 'body',
        detail: expect.stringContaining('1000000 bytes') as string,
      });
    }
  });

  test('a function that takes too long is a 504; one that dies is a 502, and the next request is answered', async () => {
    const { url } = await openTestRuntime([serviceManifest('jobs', { spec: { timeoutSeconds: 1 } })]);
    await fetch(`${url}/jobs/info`);
    const late = await fetch(`${url}/jobs/slow?ms=5000`);
    expect(late.status).toBe(504);
    expect(await late.json()).toMatchObject({ code: 'unavailable', detail: 'jobs did not answer within 1 s' });
    expect((await fetch(`${url}/jobs/crash`)).status).toBe(502);
    expect((await fetch(`${url}/jobs/info`)).status).toBe(200);
  });

  test('a stream is cut at the timeout, as Knative does', async () => {
    const { url } = await openTestRuntime([serviceManifest('jobs', { spec: { timeoutSeconds: 1 } })]);
    const answer = await fetch(`${url}/jobs/events?hold`);
    expect(answer.status).toBe(200);
    await expect(answer.text()).rejects.toThrow();
  });

  test('a caller that goes away is gone for the function too, waiting or not', async () => {
    const runtime = await openTestRuntime([jobs], { env: { LISTEN_DELAY_MS: '300' } });
    const impatient = fetch(`${runtime.url}/jobs/slow?ms=1`, { signal: AbortSignal.timeout(100) });
    await expect(impatient).rejects.toThrow();
    const stream = new AbortController();
    await fetch(`${runtime.url}/jobs/events?hold`, { signal: stream.signal });
    stream.abort();
    await until(
      async () => (await state(runtime.url)).aborted === 1,
      () => 'the abort arrives',
    );
    await until(
      async () => (await runtime.stats())[0].requests === 0,
      () => 'all places are given back',
    );
  });

  test('1,000 event streams at once', async () => {
    const runtime = await openTestRuntime([serviceManifest('jobs', { annotations: { target: '5000' } })]);
    const stop = new AbortController();
    const open = Array.from({ length: 1000 }, () => fetch(`${runtime.url}/jobs/events?hold`, { signal: stop.signal }));
    const answers = await Promise.all(open);
    const first = await Promise.all(
      answers.map(async (answer) => (await answer.body!.getReader().read()).value!.length),
    );
    expect(first).toEqual(Array.from({ length: 1000 }, () => 12));
    expect((await runtime.stats())[0].requests).toBe(1000);
    stop.abort();
    await until(
      async () => (await runtime.stats())[0].requests === 0,
      () => 'all streams are closed',
    );
    await delay(10);
  });
});
