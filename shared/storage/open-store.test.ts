import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { mkdir, utimes, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { readPlatformSettings, serverEnvironment } from '#shared/config/platform-settings.ts';
import { openStore, removeHalfWrittenIn } from './open-store.ts';

const home = mkdtempSync(join(tmpdir(), 'geocrop-open-store-'));
afterAll(() => rmSync(home, { recursive: true, force: true }));

const servers = {
  GEOCROP_OBJECTS_S3_ENDPOINT: 'http://s3.example:9000/',
  GEOCROP_OBJECTS_S3_ACCESS_KEY: 'key',
  GEOCROP_OBJECTS_S3_SECRET_KEY: 'secret',
  GEOCROP_OBJECTS_BUCKET_PREFIX: 'crops',
  GEOCROP_SQS_ENDPOINT: 'http://sqs.example:9324',
  GEOCROP_SQS_QUEUE_PREFIX: 'crops_',
};

test('without a server each store is a folder of the home', async () => {
  const settings = readPlatformSettings({ GEOCROP_HOME: home });
  expect([settings.objects, settings.sqs]).toEqual([null, null]);
  await (await openStore(settings, 'results')).put('a/b', Buffer.from('x'));
  const baselines = await openStore(settings, 'baselines');
  expect(await baselines.list('')).toEqual([]);
  const found = await (await openStore({ home, objects: null }, 'results')).get('a/b');
  expect(Buffer.from(found!)).toEqual(Buffer.from('x'));
});

test('with one, a bucket of the deployment, path-style', async () => {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url!);
    response.end('x');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const { objects } = readPlatformSettings({ ...servers, GEOCROP_OBJECTS_S3_ENDPOINT: endpoint });
  await (await openStore({ home, objects }, 'baselines')).get('dw/zim/2019.tif');
  expect(asked).toEqual([expect.stringMatching(/^\/crops-baselines\/dw\/zim\/2019\.tif(\?|$)/)]);
  server.close();
  server.closeAllConnections();
});

test('what a process has read another one reads again from what it is given', () => {
  const settings = readPlatformSettings(servers);
  expect(settings.objects).toMatchObject({ endpoint: 'http://s3.example:9000', bucketPrefix: 'crops' });
  expect(settings.sqs).toMatchObject({ endpoint: 'http://sqs.example:9324', queuePrefix: 'crops_' });
  const { objects, sqs } = readPlatformSettings(serverEnvironment(settings));
  expect({ objects, sqs }).toEqual({ objects: settings.objects, sqs: settings.sqs });
  expect(serverEnvironment({ objects: null, sqs: null })).toEqual({});
});

test('a server without its key is refused by the name of the variable', () => {
  const withoutSecret = { ...servers, GEOCROP_OBJECTS_S3_SECRET_KEY: undefined };
  expect(() => readPlatformSettings(withoutSecret)).toThrow('GEOCROP_OBJECTS_S3_SECRET_KEY is not set');
});

test('what was half written in any store of a home is found', async () => {
  const [old, file] = [new Date(Date.now() - 7_200_000), `x.tif.${randomUUID()}.tmp`];
  for (const folder of ['baselines', 'objects']) {
    await mkdir(join(home, folder), { recursive: true });
    await writeFile(join(home, folder, file), 'half');
    await utimes(join(home, folder, file), old, old);
  }
  expect([await removeHalfWrittenIn(home), await removeHalfWrittenIn(home)]).toEqual([8, 0]);
});
