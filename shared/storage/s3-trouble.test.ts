import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import { afterEach, describe, expect, test } from 'vitest';
import { openS3Client, type S3Limits } from './s3-client.ts';
import { s3Store } from './s3-store.ts';
import { partBytes } from './s3-upload.ts';

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

const limits: S3Limits = { tries: 4, pauseMs: 5, connectMs: 300, silenceMs: 300 };
const object = Buffer.from('0123456789');
const closers: (() => void)[] = [];
afterEach(() => closers.splice(0).forEach((close) => close()));

/** A store at a server that gives these answers one after the other, the last one from then on. */
async function storeThatAnswers(...answers: Answer[]) {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    request.resume().on('error', () => {});
    request.on('end', () => answers[Math.min(asked.length, answers.length) - 1](request, response));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closers.push(() => {
    server.close();
    server.closeAllConnections();
  });
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const credentials = { accessKeyId: 'x', secretAccessKey: 'x' };
  const client = openS3Client({ endpoint, region: 'us-east-1', credentials }, limits);
  return { store: s3Store({ client, endpoint, bucket: 'bucket', limits }), asked };
}

const whole: Answer = ({ headers }, response) => {
  const range = /^bytes=(\d+)-(\d+)$/.exec(headers.range ?? '');
  if (!range) return void response.end(object);
  const [from, to] = [Number(range[1]), Number(range[2])];
  response.writeHead(206, { 'content-range': `bytes ${from}-${to}/10`, 'content-length': to + 1 - from });
  response.end(object.subarray(from, to + 1));
};
const failure =
  (status: number, code: string): Answer =>
  (_, response) =>
    void response.writeHead(status).end(`<Error><Code>${code}</Code><Message>words</Message></Error>`);

const troubles: [string, Answer][] = [
  ['503', failure(503, 'SlowDown')],
  ['500', failure(500, 'InternalError')],
  ['429', failure(429, 'TooManyRequests')],
  ['a clock that differs', failure(403, 'RequestTimeTooSkewed')],
  ['a reset', ({ socket }) => void socket.destroy()],
  ['silence', () => {}],
  ['a body that is cut short', (_, response) => cut(response, 10)],
  ['a body that stalls', (_, response) => void response.writeHead(200, { 'content-length': 10 }).write('01234')],
  ['a body of no length', (_, response) => void response.write('01234', () => response.end('56789'))],
];

function cut(response: ServerResponse, length: number): void {
  response.writeHead(200, { 'content-length': length });
  response.write('01234', () => setTimeout(() => response.destroy(), 20));
}

describe.each(troubles)('%s', (_, trouble) => {
  test('that passes gives the right bytes at the next try', async () => {
    const { store, asked } = await storeThatAnswers(trouble, trouble, whole);
    expect(Buffer.from((await store.get('a'))!)).toEqual(object);
    expect(asked).toHaveLength(3);
  });

  test('of a range as well', async () => {
    const { store } = await storeThatAnswers(trouble, whole);
    expect(Buffer.from(await store.getRange('a', 2, 3))).toEqual(object.subarray(2, 5));
  });

  test('that does not pass ends in a sentence, soon', async () => {
    const { store, asked } = await storeThatAnswers(trouble);
    const began = performance.now();
    await expect(store.get('a')).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringMatching(
        /the object store at http:\/\/127\.0\.0\.1:\d+ does not serve bucket\/a .*try again/,
      ),
    });
    expect(performance.now() - began).toBeLessThan(5000);
    expect(asked).toHaveLength(limits.tries);
  });
});

test.each([
  ['all bytes instead of a range', (_: IncomingMessage, response: ServerResponse) => void response.end(object)],
  [
    'another range',
    (_: IncomingMessage, response: ServerResponse) =>
      void response.writeHead(206, { 'content-range': 'bytes 0-2/10', 'content-length': 3 }).end('012'),
  ],
])('%s is never taken for the range', async (_, answer) => {
  const { store } = await storeThatAnswers(answer);
  await expect(store.getRange('a', 3, 3)).rejects.toMatchObject({ code: 'unavailable' });
});

test('what is wrong for good is not tried again', async () => {
  const full = await storeThatAnswers(failure(507, 'XMinioStorageFull'));
  await expect(full.store.put('a', object)).rejects.toMatchObject({ code: 'disk-full' });
  expect(full.asked).toHaveLength(1);
  const odd = await storeThatAnswers(failure(400, 'InvalidArgument'));
  await expect(odd.store.get('a')).rejects.toThrow('answers 400 InvalidArgument for bucket/a: words');
  expect(odd.asked).toHaveLength(1);
});

test('a server that is not there is unavailable', async () => {
  const { store } = await storeThatAnswers(whole);
  closers.splice(0).forEach((close) => close());
  await expect(store.get('a')).rejects.toMatchObject({
    code: 'unavailable',
    message: expect.stringContaining('ECONN'),
  });
});

describe('a large object whose last answer is lost', () => {
  const xml = (text: string) => `<?xml version="1.0"?>${text}`;
  const began: Answer = (_, response) =>
    void response.end(xml('<InitiateMultipartUploadResult><UploadId>u</UploadId></InitiateMultipartUploadResult>'));
  const part: Answer = (_, response) => void response.writeHead(200, { etag: '"e"' }).end();
  const lost: Answer = ({ socket }) => void socket.destroy();
  const gone = failure(404, 'NoSuchUpload');
  const bytes = Buffer.alloc(partBytes + 1);

  test('is there', async () => {
    let mark: string | undefined;
    const { store, asked } = await storeThatAnswers(
      (request, response) => {
        mark = request.headers['x-amz-meta-upload'] as string;
        began(request, response);
      },
      part,
      part,
      lost,
      gone,
      (_, response) => void response.writeHead(200, { 'x-amz-meta-upload': mark! }).end(),
    );
    await store.put('a', bytes);
    expect(asked.at(-1)).toMatch(/^HEAD/);
  });

  test('is not there where what lies there is of another upload', async () => {
    const other: Answer = (_, response) => void response.writeHead(200, { 'x-amz-meta-upload': 'other' }).end();
    const { store } = await storeThatAnswers(began, part, part, lost, gone, other);
    await expect(store.put('a', bytes)).rejects.toMatchObject({ name: 'NoSuchUpload' });
  });

  test('is not there where a part that failed was passed over by its writer', async () => {
    const { store, asked } = await storeThatAnswers(began, failure(400, 'InvalidPart'));
    const passedOver = store.putStream('a', async (sink) => {
      await sink.write(bytes).catch(() => {});
      await sink.write(Buffer.from('more'));
    });
    await expect(passedOver).rejects.toThrow('InvalidPart');
    expect(asked.at(-1)).toMatch(/^DELETE/);
  });
});
