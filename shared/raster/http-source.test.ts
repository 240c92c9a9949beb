import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, test } from 'vitest';
import { GeoCropError } from '#shared/domain/errors.ts';
import { retryAfterMs } from './http-reply.ts';
import { httpSource, type HttpSourceOptions } from './http-source.ts';
import { openRaster } from './raster.ts';

const file = readFileSync(fileURLToPath(new URL('../testing/fixtures/raster/SCL.tif', import.meta.url)));

type Answer = (request: IncomingMessage, response: ServerResponse) => void;
const servers: Server[] = [];
const sockets = new Set<Socket>();

afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  await Promise.all(servers.splice(0).map((server) => new Promise((resolve) => server.close(resolve))));
});

/** A server that gives its answers one after the other and repeats the last one. */
async function serve(...answers: Answer[]): Promise<{ origin: string; ranges: (string | undefined)[] }> {
  const ranges: (string | undefined)[] = [];
  const server = createServer((request, response) => {
    ranges.push(request.headers.range);
    answers[Math.min(ranges.length, answers.length) - 1](request, response);
  });
  server.on('connection', (socket) => sockets.add(socket.on('close', () => sockets.delete(socket))));
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, ranges };
}

function rangeOf(request: IncomingMessage): [number, number] {
  const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '') as RegExpExecArray;
  return [Number(first), Math.min(Number(last), file.length - 1)];
}

const partHeaders = (first: number, last: number) => ({
  'content-range': `bytes ${first}-${last}/${file.length}`,
  'content-length': last - first + 1,
});
const part: Answer = (request, response) => {
  const [first, last] = rangeOf(request);
  response.writeHead(206, partHeaders(first, last)).end(file.subarray(first, last + 1));
};
const status =
  (code: number, headers: Record<string, string> = {}): Answer =>
  (_, response) =>
    response.writeHead(code, headers).end('no');
const reset: Answer = (request) => request.socket.resetAndDestroy();
const stall: Answer = () => undefined;
const stallMidway: Answer = (request, response) => {
  const [first, last] = rangeOf(request);
  response.writeHead(206, partHeaders(first, last)).write(file.subarray(first, first + 10));
};
const truncate: Answer = (request, response) => {
  const [first, last] = rangeOf(request);
  response.writeHead(206, partHeaders(first, last));
  response.write(file.subarray(first, first + 10), () => request.socket.destroy());
};
const whole: Answer = (_, response) => response.writeHead(200, { 'content-length': file.length }).end(file);
const wholeInChunks: Answer = (_, response) => response.writeHead(200).end(file);
const redirect =
  (location: string): Answer =>
  (_, response) =>
    response.writeHead(302, { location }).end();

function quick(options: HttpSourceOptions = {}) {
  const pauses: number[] = [];
  const retry = { tries: 3, firstDelayMs: 10, sleep: async (ms: number) => void pauses.push(ms), random: () => 0.5 };
  return { pauses, options: { retry, stallMs: 150, timeoutMs: 1000, headBytes: 1000, ...options } };
}

async function failure(promise: Promise<unknown>): Promise<GeoCropError> {
  const error = await promise.then(() => undefined, (caught: unknown) => caught); // prettier-ignore
  expect(error).toBeInstanceOf(GeoCropError);
  return error as GeoCropError;
}

describe('reading by ranges', () => {
  test('gives the bytes and the length by one request for the head and one a read', async () => {
    const { origin, ranges } = await serve(part);
    const source = httpSource(`${origin}/SCL.tif`, quick().options);
    expect(await source.size()).toBe(file.length);
    expect(Buffer.from(await source.read(10, 90)).equals(file.subarray(10, 100))).toBe(true);
    expect(Buffer.from(await source.read(5000, 2000)).equals(file.subarray(5000, 7000))).toBe(true);
    expect(ranges).toEqual(['bytes=0-999', 'bytes=5000-6999']);
  });

  test('a raster is opened and read over HTTP', async () => {
    const { origin } = await serve(part);
    const raster = await openRaster(httpSource(`${origin}/SCL.tif`, quick().options));
    const samples = await raster.readWindow({ col: 0, row: 0, width: 549, height: 549 });
    expect(samples.some((value) => value === 5)).toBe(true);
  });

  test('bytes beyond the end are refused without a request', async () => {
    const { origin, ranges } = await serve(part);
    const source = httpSource(`${origin}/SCL.tif`, quick().options);
    expect((await failure(source.read(file.length - 5, 6))).code).toBe('broken-scene');
    expect(ranges.length).toBe(1);
  });
});

describe('trouble that may pass', () => {
  test.each<[string, Answer]>([
    ['503', status(503)],
    ['500', status(500)],
    ['429', status(429)],
    ['a reset', reset],
    ['no answer', stall],
    ['a body that stalls', stallMidway],
    ['a body that is cut off', truncate],
  ])('%s is tried again', async (_, trouble) => {
    const { origin, ranges } = await serve(trouble, part);
    const { options, pauses } = quick();
    const bytes = await httpSource(`${origin}/SCL.tif`, options).read(0, 100);
    expect(Buffer.from(bytes).equals(file.subarray(0, 100))).toBe(true);
    expect(ranges.length).toBe(2);
    expect(pauses).toEqual([7.5]);
  });

  test.each<[string, Answer]>([
    ['503', status(503)],
    ['a reset', reset],
    ['a body that stalls', stallMidway],
    ['a body that is cut off', truncate],
  ])('%s without end is source-unavailable after the last try', async (_, trouble) => {
    const { origin, ranges } = await serve(trouble);
    const { options, pauses } = quick();
    const error = await failure(httpSource(`${origin}/SCL.tif?token=secret`, options).size());
    expect(error.code).toBe('source-unavailable');
    expect(error.message).toContain(`${origin}/SCL.tif`);
    expect(error.message).not.toContain('secret');
    expect(ranges.length).toBe(3);
    expect(pauses).toEqual([7.5, 15]);
  });

  test('the pause that the server asks for is kept, up to the limit', async () => {
    const asked = await serve(status(429, { 'retry-after': '3' }), status(503, { 'retry-after': '7200' }), part);
    const { options, pauses } = quick();
    await httpSource(`${asked.origin}/SCL.tif`, options).size();
    expect(pauses).toEqual([3000, 30_000]);
  });

  test('Retry-After may be a date', () => {
    const now = Date.UTC(2024, 0, 1);
    expect(retryAfterMs('Mon, 01 Jan 2024 00:00:20 GMT', now)).toBe(20_000);
    expect(retryAfterMs('Sun, 31 Dec 2023 00:00:20 GMT', now)).toBeUndefined();
    expect(retryAfterMs('soon', now)).toBeUndefined();
  });

  test('a body that drips is given up at the end of the whole time', async () => {
    const drip: Answer = (request, response) => {
      const [first, last] = rangeOf(request);
      response.writeHead(206, partHeaders(first, last));
      const timer = setInterval(() => response.write('x'), 50);
      response.on('close', () => clearInterval(timer));
    };
    const { origin } = await serve(drip);
    const { options } = quick({ timeoutMs: 400 });
    const error = await failure(httpSource(`${origin}/a.tif`, { ...options, retry: { tries: 1 } }).size());
    expect(error.message).toContain('no complete answer within 0.4 s');
  });

  test('a file that is replaced between two reads is noticed', async () => {
    const tagged =
      (etag: string): Answer =>
      (request, response) => {
        response.setHeader('etag', etag);
        part(request, response);
      };
    const { origin } = await serve(tagged('"a"'), tagged('"b"'));
    const source = httpSource(`${origin}/SCL.tif`, quick().options);
    await source.size();
    expect((await failure(source.read(5000, 10))).message).toContain('was replaced');
  });
});

describe('trouble that stays', () => {
  test.each<[string, Answer, string]>([
    ['404', status(404), 'the server answers 404'],
    ['403', status(403), 'the server answers 403'],
    ['410', status(410), 'the server answers 410'],
    ['HTML', (_, response) => response.setHeader('content-type', 'text/html').end('<html></html>'), 'a web page (HTML)'],
    ['an empty file', status(416, { 'content-range': 'bytes */0' }), 'the file is empty'],
    ['no Content-Range', (_, response) => response.writeHead(206).end('1234'), 'which bytes of how many'],
    ['other bytes', (_, response) => response.writeHead(206, { 'content-range': 'bytes 5-9/99' }).end('12345'), 'sent bytes 5-9 instead'],
  ])('%s is broken-scene at once', async (_, trouble, reason) => {
    const { origin, ranges } = await serve(trouble);
    const error = await failure(openRaster(httpSource(`${origin}/B04.tif`, quick().options)));
    expect(error.code).toBe('broken-scene');
    expect(error.message).toContain(reason);
    expect(error.message).toContain(`${origin}/B04.tif`);
    expect(ranges.length).toBe(1);
  }); // prettier-ignore

  test('HTML without its content type is known by its first bytes', async () => {
    const page: Answer = (_, response) => response.writeHead(200).end('<!doctype html><title>Sign in</title>');
    const { origin } = await serve(page);
    const error = await failure(openRaster(httpSource(`${origin}/B04.tif`, quick().options)));
    expect(error.message).toContain('no TIFF but a web page (HTML)');
  });
});

describe('a server that ignores ranges', () => {
  test.each<[string, Answer]>([
    ['with a length', whole],
    ['without a length', wholeInChunks],
  ])('may send a small file whole (%s)', async (_, answer) => {
    const { origin, ranges } = await serve(answer);
    const source = httpSource(`${origin}/SCL.tif`, quick().options);
    expect(Buffer.from(await source.read(5000, 2000)).equals(file.subarray(5000, 7000))).toBe(true);
    expect(ranges.length).toBe(1);
  });

  test.each<[string, Answer]>([
    ['with a length', whole],
    ['without a length', wholeInChunks],
  ])('may not send a large one (%s)', async (_, answer) => {
    const { origin } = await serve(answer);
    const source = httpSource(`${origin}/SCL.tif`, quick({ maxWholeFile: 4000 }).options);
    expect((await failure(source.size())).code).toBe('broken-scene');
  });
});

describe('redirects', () => {
  test('within the origin are followed', async () => {
    const { origin, ranges } = await serve(redirect('/moved.tif'), part);
    expect(await httpSource(`${origin}/SCL.tif`, quick().options).size()).toBe(file.length);
    expect(ranges).toEqual(['bytes=0-999', 'bytes=0-999']);
  });

  test('to another host are refused unless it is allowed', async () => {
    const other = await serve(part);
    const { origin } = await serve(redirect(`${other.origin}/SCL.tif`));
    const error = await failure(httpSource(`${origin}/SCL.tif`, quick().options).size());
    expect(error.code).toBe('broken-scene');
    expect(error.message).toContain(`redirects to ${other.origin}`);
    expect(other.ranges.length).toBe(0);
    const allowHref = (href: string) => href.startsWith(`${other.origin}/`);
    expect(await httpSource(`${origin}/SCL.tif`, quick({ allowHref }).options).size()).toBe(file.length);
  });

  test.each(['file:///etc/passwd', 'ftp://127.0.0.1/x'])('to %s are refused even if allowed', async (location) => {
    const { origin } = await serve(redirect(location));
    const error = await failure(httpSource(`${origin}/a.tif`, quick({ allowHref: () => true }).options).size());
    expect(error.message).toContain('not among the allowed hosts');
  });

  test('without end are given up', async () => {
    const { origin, ranges } = await serve(redirect('/again'));
    const options = { ...quick().options, retry: { tries: 1 } };
    expect((await failure(httpSource(`${origin}/a.tif`, options).size())).message).toContain('redirected more than 5');
    expect(ranges.length).toBe(6);
  });
});

describe('the caller gives up', () => {
  test('while the server says nothing', async () => {
    const { origin } = await serve(stall);
    const controller = new AbortController();
    const size = httpSource(`${origin}/a.tif`, quick({ stallMs: 10_000, timeoutMs: 10_000 }).options).size(
      controller.signal,
    );
    setTimeout(() => controller.abort(new Error('stopped by the user')), 30);
    await expect(size).rejects.toThrow('stopped by the user');
  });

  test('between two tries', async () => {
    const { origin, ranges } = await serve(status(503));
    const controller = new AbortController();
    const options = { retry: { firstDelayMs: 20_000 } };
    const size = httpSource(`${origin}/a.tif`, options).size(controller.signal);
    setTimeout(() => controller.abort(new Error('stopped by the user')), 100);
    await expect(size).rejects.toThrow('stopped by the user');
    expect(ranges.length).toBe(1);
  });

  test('and another reader of the same head goes on', async () => {
    const slow: Answer = (request, response) => void setTimeout(() => part(request, response), 60);
    const { origin } = await serve(slow);
    const source = httpSource(`${origin}/a.tif`, quick().options);
    const controller = new AbortController();
    const first = source.size(controller.signal);
    const second = source.size();
    controller.abort(new Error('stopped'));
    await expect(first).rejects.toThrow('stopped');
    expect(await second).toBe(file.length);
  });
});
