import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, describe, expect, test } from 'vitest';
import { openServices, type Services } from '../../../services/open-services.ts';
import { freePort } from '../../../services/server-process.ts';
import { openQueue } from '#shared/queue/open-queue.ts';
import type { Database } from '#shared/db/database.ts';
import { openStore } from '#shared/storage/open-store.ts';
import { postgresInstalled } from '../postgres-cluster.ts';
import { servicesCache, servicesHere, tellOfMissing } from './service-cache.ts';

const folder = mkdtempSync(join(tmpdir(), 'geocrop-services-'));
const cache = servicesCache();
const noDatabase = undefined as unknown as Database;
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const freePorts = async () => {
  const [postgresql, s3, sqs] = [await freePort(), await freePort(), await freePort()];
  return { postgresql, s3, sqs };
};

async function query(services: Services, sql: string): Promise<unknown[]> {
  const client = new pg.Client(services.databaseUrl);
  await client.connect();
  try {
    return (await client.query({ text: sql, rowMode: 'array' })).rows;
  } finally {
    await client.end();
  }
}

describe('the servers of npm run start:services', () => {
  const { minio, versitygw, elasticmq } = servicesHere();
  if (!(minio ?? versitygw) || !elasticmq || !postgresInstalled())
    return tellOfMissing('PostgreSQL 15, versitygw or MinIO, ElasticMQ and java');

  test('are ready when they are open, keep what they have, and end', { timeout: 120_000 }, async () => {
    const said: string[] = [];
    const first = await openServices(folder, cache, await freePorts(), (text) => void said.push(text));
    const buckets = ['baselines', 'results'].map((name) => `bucket geocrop-${name} is there`);
    expect(said).toEqual([
      expect.stringContaining('starting'),
      ...buckets,
      'queue jobs is there',
      'queue chunks is there',
    ]);
    try {
      expect(await query(first, 'SELECT rolsuper FROM pg_roles WHERE rolname = current_user')).toEqual([[false]]);
      expect(await query(first, 'SELECT ST_SRID(ST_Point(1, 2, 4326))')).toEqual([[4326]]);
      await query(first, 'CREATE TABLE kept AS SELECT 7 AS n');
      await (await openStore({ home: folder, objects: first.objects }, 'results')).put('a/b', Buffer.from('kept'));
      await (await openQueue({ sqs: first.sqs }, noDatabase)).send('chunks', ['kept']);
    } finally {
      await first.close();
    }
    await expect(query(first, 'SELECT 1')).rejects.toThrow();
    const second = await openServices(folder, cache, await freePorts(), () => {});
    try {
      expect(await query(second, 'SELECT n FROM kept')).toEqual([[7]]);
      const store = await openStore({ home: folder, objects: second.objects }, 'results');
      expect(String(Buffer.from((await store.get('a/b'))!))).toBe('kept');
      const queue = await openQueue({ sqs: second.sqs }, noDatabase);
      const options = { max: 1, visibilitySeconds: 30, waitSeconds: 5 };
      expect(await queue.receive('chunks', options)).toMatchObject([{ body: 'kept' }]);
    } finally {
      await second.close();
    }
    expect(statSync(join(folder, 'credentials.json')).mode & 0o777).toBe(0o600);
  });

  test('say which port is taken, and start nothing', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as { port: number };
    const other = join(folder, 'other');
    await expect(openServices(other, cache, { ...(await freePorts()), s3: port }, () => {})).rejects.toMatchObject({
      code: 'setup-missing',
      message: expect.stringContaining(`the port ${port} of s3 cannot be had (EADDRINUSE)`),
    });
    taken.close();
    expect(existsSync(join(other, 'postgresql'))).toBe(false);
  });
});

test('without the servers it says how to get them', async () => {
  const nowhere = join(folder, 'nowhere');
  const attempt = openServices(nowhere, nowhere, await freePorts(), () => {});
  await expect(attempt).rejects.toMatchObject({
    code: 'setup-missing',
    message: expect.stringMatching(/not on this machine; get it by npm run services:get/),
  });
});
