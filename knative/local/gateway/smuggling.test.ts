import { describe, expect, test } from 'vitest';
import { serviceManifest } from '../testing/manifests.ts';
import { rawExchange, rawRequest } from '../testing/raw-request.ts';
import { openTestRuntime } from '../testing/test-runtime.ts';

const jobs = serviceManifest('jobs', {});
const body = 'POST /jobs/-/tick HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: 6.6.6.6\r\nContent-Length: 0\r\n\r\n';
const chunk = `${body.length.toString(16)}\r\n${body}\r\n`;
const head = (line: string, ...headers: string[]) =>
  `${[`${line} HTTP/1.1`, 'Host: crops.example', ...headers].join('\r\n')}\r\n\r\n`;
const answers = (text: string) => text.match(/HTTP\/1\.1 \d+/g) ?? [];

interface Seen {
  headers: Record<string, string>;
  rawHeaders: string[];
}

/** What the function saw of a request, whatever the framing of the answer. */
function seenIn(text: string): Seen {
  const json = text.slice(text.indexOf('{'), text.lastIndexOf('}') + 1);
  return (JSON.parse(json) as { request: Seen }).request;
}

const framings = {
  length: ['Connection: content-length', `Content-Length: ${body.length}`],
  'length and more': ['Connection: keep-alive, Content-Length, transfer-encoding', `Content-Length: ${body.length}`],
  chunked: ['Connection: transfer-encoding', 'Transfer-Encoding: chunked'],
  plain: [`Content-Length: ${body.length}`],
};
const cases = ['GET', 'HEAD', 'DELETE', 'OPTIONS', 'POST', 'PATCH'].flatMap((method) =>
  Object.keys(framings).map((name) => [method, name as keyof typeof framings] as const),
);

describe('a body is a body to the function too', () => {
  test('of every method, whatever Connection names', async () => {
    const runtime = await openTestRuntime([jobs]);
    for (const [method, name] of cases) {
      const sent = head(`${method} /jobs/echo`, ...framings[name]) + (name === 'chunked' ? `${chunk}0\r\n\r\n` : body);
      const text = await rawRequest(runtime.port, sent + head('GET /jobs/state', 'Connection: close'));
      expect(answers(text), `${method} ${name}`).toEqual(['HTTP/1.1 200', 'HTTP/1.1 200']);
      if (method !== 'HEAD') expect(text, `${method} ${name}`).toContain(body);
    }
    expect(await (await fetch(`${runtime.url}/jobs/state`)).json()).toMatchObject({ events: 0 });
    expect(runtime.output('jobs').join()).not.toContain('6.6.6.6');
  }, 30_000);

  test('Connection nominates neither the host nor what the gateway tells', async () => {
    const { port } = await openTestRuntime([jobs], { trustProxy: true });
    const named = 'Connection: close, host, x-forwarded-for, x-forwarded-proto, forwarded, x-request-id, x-mine';
    const claims = ['X-Forwarded-For: 1.1.1.1', 'X-Forwarded-Proto: https', 'X-Request-Id: me-1', 'X-Mine: 1'];
    const { headers } = seenIn(await rawRequest(port, head('GET /jobs/info', named, ...claims)));
    expect(headers).toMatchObject({
      host: 'crops.example',
      'x-forwarded-for': '1.1.1.1, 127.0.0.1',
      'x-forwarded-proto': 'https',
      'x-request-id': 'me-1',
    });
    expect(headers['x-mine']).toBeUndefined();
  });

  test('the length is written afresh, once', async () => {
    const { port } = await openTestRuntime([jobs]);
    const sent = head('GET /jobs/info', 'Connection: close', 'Content-Length: 003');
    const { rawHeaders } = seenIn(await rawRequest(port, `${sent}abc`));
    const at = rawHeaders.flatMap((name, index) => (/^content-length$/i.test(name) ? [rawHeaders[index + 1]] : []));
    expect(at).toEqual(['3']);
  });

  test('trailers end at the gateway', async () => {
    const { port } = await openTestRuntime([jobs]);
    const sent = head('POST /jobs/info', 'Connection: close', 'Transfer-Encoding: chunked', 'Trailer: X-Real-IP');
    const text = await rawRequest(port, `${sent}1\r\na\r\n0\r\nX-Real-IP: 6.6.6.6\r\n\r\n`);
    expect(answers(text)).toEqual(['HTTP/1.1 200']);
    expect(text).not.toContain('6.6.6.6');
  });
});

describe('what two readers could read in two ways is refused, and the connection ends', () => {
  const post = (...headers: string[]) => head('POST /jobs/tick', ...headers);
  const many = Array.from({ length: 201 }, (_, index) => `X-${index}: 1`);
  const length = `Content-Length: ${body.length}`;
  test.each([
    ['two lengths', 400, post(length, 'Content-Length: 3')],
    ['two equal lengths', 400, post(length, length)],
    ['a list of lengths', 400, post(`Content-Length: ${body.length}, ${body.length}`)],
    ['a signed length', 400, post(`Content-Length: +${body.length}`)],
    ['length and chunks', 400, post('Content-Length: 3', 'Transfer-Encoding: chunked')],
    ['chunks and length', 400, post('Transfer-Encoding: chunked', 'Content-Length: 3')],
    ['a folded coding', 400, post('Transfer-Encoding:\r\n chunked')],
    ['a folded header', 400, post('X-Any: a\r\n Content-Length: 3')],
    ['a space before the colon', 400, post('Content-Length : 3')],
    ['a bare line feed', 400, post('X-Any: a\nContent-Length: 3')],
    ['a coding in HTTP/1.0', 400, post('Transfer-Encoding: chunked').replace('1.1', '1.0')],
    ['two codings', 501, post('Transfer-Encoding: gzip, chunked')],
    ['a coding before chunked', 400, post('Transfer-Encoding: identity', 'Transfer-Encoding: chunked')],
    ['chunked not last', 400, post('Transfer-Encoding: chunked, gzip')],
    ['no coding', 501, post('Transfer-Encoding: identity')],
    ['no host', 400, `POST /jobs/tick HTTP/1.1\r\n${length}\r\n\r\n`],
    ['two hosts', 400, post('Host: other', length)],
    ['many headers', 431, post(...many, length)],
    ['large headers', 431, post(`X-Any: ${'a'.repeat(20_000)}`)],
    ['an unknown expectation', 417, post('Expect: 200-ok', length)],
    ['TRACE', 405, head('TRACE /jobs/tick', 'Cookie: session=1')],
    ['CONNECT', 405, head('CONNECT crops.example:443')],
    ['a method that no function has', 405, head('PROPFIND /jobs/tick', length)],
    ['a target of no form', 400, head('GET jobs/tick')],
    ['a fragment', 400, head('GET /jobs/tick#/../-/x')],
    ['a tab in the path', 400, head('GET /jobs/\t-/tick')],
    ['HTTP/2', 400, 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
  ])('%s: %i', async (_, status, sent) => {
    const runtime = await openTestRuntime([jobs]);
    const { text, closed } = await rawExchange(runtime.port, sent + body);
    expect(answers(text)).toEqual([`HTTP/1.1 ${status}`]);
    expect(text.toLowerCase()).toContain('connection: close');
    expect(text).toContain('"code":"');
    expect(closed).toBe(true);
    expect(runtime.output('jobs')).toEqual([]);
  });

  test('an internal path in absolute form is internal; the host is that of the target', async () => {
    const { port } = await openTestRuntime([jobs]);
    for (const path of ['/jobs/-/info', '/jobs/./%2D/info', '/jobs\\-\\info'])
      expect(answers(await rawRequest(port, head(`GET http://x${path}`)))).toEqual(['HTTP/1.1 404']);
    const { headers } = seenIn(
      await rawRequest(port, head('GET http://target.example/jobs/info', 'Connection: close')),
    );
    expect(headers).toMatchObject({ host: 'target.example', 'x-forwarded-host': 'target.example' });
  });
});

describe('after an early answer', () => {
  const limits = { maxBodyBytes: 100 };

  test('413 by its length: the rest is not read as requests', async () => {
    const { port } = await openTestRuntime([jobs], { limits });
    const sent = head('POST /jobs/echo', 'Content-Length: 5000');
    const { text, closed } = await rawExchange(port, sent + head('GET /jobs/info').repeat(3));
    expect([answers(text), closed]).toEqual([['HTTP/1.1 413'], true]);
  });

  test('413 while it comes: the connection ends', async () => {
    const runtime = await openTestRuntime([jobs], { limits });
    await fetch(`${runtime.url}/jobs/info`);
    const sent = head('POST /jobs/slow?ms=500', 'Transfer-Encoding: chunked') + `100\r\n${'a'.repeat(256)}\r\n`;
    const { text, closed } = await rawExchange(runtime.port, `${sent}100\r\n`);
    expect([answers(text), closed]).toEqual([['HTTP/1.1 413'], true]);
  });

  test('an answer that ends the connection is the last, though more requests have come', async () => {
    const runtime = await openTestRuntime([jobs]);
    const sent = head('TRACE /jobs') + head('POST /jobs/tick', 'Content-Length: 0').repeat(2);
    const { text, closed } = await rawExchange(runtime.port, sent);
    expect([answers(text), closed]).toEqual([['HTTP/1.1 405'], true]);
    expect(await (await fetch(`${runtime.url}/jobs/state`)).json()).toMatchObject({ events: 0 });
  });

  test('a caller that asks before it sends is invited by the function, or refused without', async () => {
    const { port } = await openTestRuntime([jobs], { limits });
    const asked = (length: number) =>
      head('POST /jobs/echo', 'Connection: close', 'Expect: 100-continue', `Content-Length: ${length}`);
    expect(answers(await rawRequest(port, `${asked(4)}crop`))).toEqual(['HTTP/1.1 100', 'HTTP/1.1 200']);
    expect(answers(await rawRequest(port, asked(101)))).toEqual(['HTTP/1.1 413']);
  });

  test('a body that breaks off in bad chunks is a 400, and the function is not left waiting', async () => {
    const runtime = await openTestRuntime([jobs]);
    const sent = head('POST /jobs/tick', 'Transfer-Encoding: chunked');
    const { text, closed } = await rawExchange(runtime.port, `${sent}4\r\ncrop\r\nzz\r\n`);
    expect([answers(text), closed]).toEqual([['HTTP/1.1 400'], true]);
    expect(await (await fetch(`${runtime.url}/jobs/state`)).json()).toMatchObject({ events: 0 });
  });
});

describe('answers', () => {
  /** What a caller gets when the function answers with these bytes, and whether the next request is answered. */
  async function passed(bytes: string): Promise<string> {
    const { port } = await openTestRuntime([jobs]);
    const sent = head('POST /jobs/bytes', `Content-Length: ${bytes.length}`) + bytes;
    const text = await rawRequest(port, sent);
    expect(answers(await rawRequest(port, head('GET /jobs/state', 'Connection: close')))).toEqual(['HTTP/1.1 200']);
    return text;
  }
  const second = 'HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nforged';

  test('the length is written afresh, though Connection names it', async () => {
    const bytes =
      'HTTP/1.1 200 OK\r\nConnection: content-length, x-mine\r\nX-Mine: 1\r\nContent-Length: 04\r\n\r\ncrop';
    const text = await passed(bytes + second);
    expect(text).toMatch(/content-length: 4\r\n/i);
    expect(text).not.toMatch(/x-mine|forged|transfer-encoding/i);
    expect(text).toMatch(/\r\n\r\ncrop$/);
  });

  test('chunks stay chunks, though Connection names them; trailers end here', async () => {
    const bytes =
      'HTTP/1.1 200 OK\r\nConnection: transfer-encoding\r\nTransfer-Encoding: chunked\r\nTrailer: X-Mine\r\n\r\n';
    const text = await passed(`${bytes}4\r\ncrop\r\n0\r\nX-Mine: 1\r\n\r\n`);
    expect(text).toMatch(/\r\n\r\n4\r\ncrop\r\n0\r\n\r\n$/);
    expect(text).not.toMatch(/x-mine/i);
  });

  test('no content has no length', async () => {
    expect(await passed(`HTTP/1.1 204 No Content\r\nContent-Length: ${second.length}\r\n\r\n${second}`)).not.toMatch(
      /forged|content-length/i,
    );
  });

  test.each([
    ['two lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 4\r\nContent-Length: 5\r\n\r\ncrops'],
    [
      'length and chunks',
      'HTTP/1.1 200 OK\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n4\r\ncrop\r\n0\r\n\r\n',
    ],
    ['another coding', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\ncrop'],
    ['another protocol', 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\ncrop'],
    ['a status that is none', 'HTTP/1.1 099 No\r\nContent-Length: 4\r\n\r\ncrop'],
    ['no HTTP', 'crop'],
  ])('%s: 502, and the gateway goes on', async (_, bytes) => {
    const text = await passed(bytes);
    expect(answers(text)).toEqual(['HTTP/1.1 502']);
    expect(text).toContain('"code":"unavailable"');
  });

  test('a reason phrase of odd bytes does not stop the gateway', async () => {
    expect(answers(await passed('HTTP/1.1 200 a\x01b\r\nContent-Length: 4\r\n\r\ncrop'))).toHaveLength(1);
  });
});
