import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { defaultS3Limits, openS3Client } from './s3-client.ts';
import { s3Store } from './s3-store.ts';

const pageKeys = 1000;
const pages = 200;
let asked: number[] = [];

/** A server with a bucket of 200,000 keys, which it makes a page at a time. */
const server = createServer((request, response) => {
  const page = Number(new URL(request.url!, 'http://s3').searchParams.get('continuation-token') ?? 0);
  asked.push(page);
  const contents = Array.from(
    { length: pageKeys },
    (_, n) => `<Contents><Key>parts/${page * pageKeys + n}</Key><Size>3</Size></Contents>`,
  );
  const next =
    page + 1 < pages
      ? `<IsTruncated>true</IsTruncated><NextContinuationToken>${page + 1}</NextContinuationToken>`
      : '<IsTruncated>false</IsTruncated>';
  response.setHeader('content-type', 'application/xml');
  response.end(`<?xml version="1.0"?><ListBucketResult>${next}${contents.join('')}</ListBucketResult>`);
});

beforeAll(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterAll(() => {
  server.close();
  server.closeAllConnections();
});

function store() {
  asked = [];
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const client = openS3Client({ endpoint, region: 'none', credentials: { accessKeyId: 'x', secretAccessKey: 'x' } });
  return s3Store({ client, endpoint, bucket: 'bucket', limits: defaultS3Limits });
}

test('a walk through 200,000 keys asks for a page when it comes to it', { timeout: 60_000 }, async () => {
  let walked = 0;
  for await (const key of store().keys('parts/')) {
    expect(asked.length).toBe(Math.floor(walked / pageKeys) + 1);
    if (key !== `parts/${walked++}`) expect.fail(`${key} came as number ${walked}`);
  }
  expect([walked, asked.length]).toEqual([pages * pageKeys, pages]);
});

test('and asks for no more when it is left', async () => {
  for await (const key of store().keys('parts/')) if (key === 'parts/1500') break;
  expect(asked).toEqual([0, 1]);
});
