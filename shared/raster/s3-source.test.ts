import { GetObjectCommand, type GetObjectCommandOutput } from '@aws-sdk/client-s3';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { GeoCropError } from '#shared/domain/errors.ts';
import { parseS3, s3Source, unsignedS3Client, type S3Reader } from './s3-source.ts';

const content = Buffer.from(Array.from({ length: 5000 }, (_, i) => (i * 7) % 251));

function answer(range: string | undefined): GetObjectCommandOutput {
  const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(range ?? '') as RegExpExecArray;
  const end = Math.min(Number(last), content.length - 1);
  const Body = Readable.from([content.subarray(Number(first), end + 1)]) as never;
  return { Body, ContentRange: `bytes ${first}-${end}/${content.length}`, ETag: '"e"', $metadata: {} };
}

function failing(name: string, httpStatusCode?: number): Error {
  const $metadata = httpStatusCode === undefined ? {} : { httpStatusCode };
  return Object.assign(new Error(`${name} happened`), { name, $metadata });
}

/** A client that fails with these errors, one a call, and answers from then on. */
function fakeClient(...failures: (Error | GetObjectCommandOutput)[]): S3Reader & { inputs: unknown[] } {
  const inputs: unknown[] = [];
  return {
    inputs,
    send: async (command: GetObjectCommand) => {
      inputs.push(command.input);
      const failure = failures.shift();
      if (failure instanceof Error) throw failure;
      return failure ?? answer(command.input.Range);
    },
  };
}

const retry = { tries: 3, sleep: async () => undefined };
const options = { retry, headBytes: 1000, limits: { stallMs: 100 } };
const href = 's3://deafrica-sentinel-2/sentinel-s2-l2a-cogs/36/K/B04.tif';

async function failure(promise: Promise<unknown>): Promise<GeoCropError> {
  const error = await promise.then(() => undefined, (caught: unknown) => caught); // prettier-ignore
  expect(error).toBeInstanceOf(GeoCropError);
  return error as GeoCropError;
}

describe('objects', () => {
  test('are read by ranges', async () => {
    const client = fakeClient();
    const source = s3Source(client, href, options);
    expect(await source.size()).toBe(5000);
    expect(Buffer.from(await source.read(2000, 50)).equals(content.subarray(2000, 2050))).toBe(true);
    const address = { Bucket: 'deafrica-sentinel-2', Key: 'sentinel-s2-l2a-cogs/36/K/B04.tif' };
    expect(client.inputs).toEqual([
      { ...address, Range: 'bytes=0-999' },
      { ...address, Range: 'bytes=2000-2049' },
    ]);
  });

  test.each([
    ['SlowDown', failing('SlowDown', 503)],
    ['a network error', failing('TimeoutError')],
    ['a body that is cut off', { ...answer('bytes=0-99'), ContentRange: `bytes 0-999/5000` }],
    ['a body that stalls', { ...answer('bytes=0-999'), Body: new Readable({ read: () => undefined }) as never }],
  ])('%s is tried again', async (_, trouble) => {
    const client = fakeClient(trouble);
    expect(await s3Source(client, href, options).size()).toBe(5000);
    expect(client.inputs.length).toBe(2);
  });

  test('trouble without end is source-unavailable', async () => {
    const slow = () => failing('SlowDown', 503);
    const error = await failure(s3Source(fakeClient(slow(), slow(), slow()), href, options).size());
    expect(error.code).toBe('source-unavailable');
    expect(error.message).toContain(href);
  });

  test.each([
    [failing('NoSuchKey', 404), 'broken-scene', '404 NoSuchKey'],
    [failing('AccessDenied', 403), 'broken-scene', '403 AccessDenied'],
    [failing('PermanentRedirect', 301), 'broken-scene', '301'],
    [failing('CredentialsProviderError'), 'invalid-source', 'needs S3 credentials'],
    [{ ...answer('bytes=0-99'), ContentRange: undefined }, 'broken-scene', 'ignores range requests'],
  ])('%s is not tried again', async (trouble, code, reason) => {
    const client = fakeClient(trouble);
    const error = await failure(s3Source(client, href, options).size());
    expect(error.code).toBe(code);
    expect(error.message).toContain(reason);
    expect(client.inputs.length).toBe(1);
  });

  test('an empty object has the size 0', async () => {
    expect(await s3Source(fakeClient(failing('InvalidRange', 416)), href, options).size()).toBe(0);
  });
});

test('an address without bucket or key is refused', () => {
  expect(parseS3('s3://bucket/a/b%20c.tif')).toEqual({ Bucket: 'bucket', Key: 'a/b%20c.tif' });
  for (const wrong of ['s3://bucket', 's3:///key', 's3://b/', 's3://bucket/', 's3://user@bucket/key'])
    expect(() => parseS3(wrong)).toThrow(GeoCropError);
});

test('the unsigned client sends no signature', async () => {
  const seen: (string | undefined)[] = [];
  const server = createServer((request, response) => {
    seen.push(request.headers.authorization, request.url?.split('?')[0]);
    response.writeHead(206, { 'content-range': 'bytes 0-3/4', 'content-length': 4, etag: '"x"' }).end('tiff');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const client = unsignedS3Client({ region: 'af-south-1', endpoint });
  const bytes = await s3Source(client, 's3://bucket/a/b.tif', options).read(0, 4);
  client.destroy();
  server.close();
  expect(Buffer.from(bytes).toString()).toBe('tiff');
  expect(seen).toEqual([undefined, '/bucket/a/b.tif']);
});
