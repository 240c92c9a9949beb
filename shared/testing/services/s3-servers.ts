import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe } from 'vitest';
import type { S3Program } from '../../../services/find-services.ts';
import { startS3Server, type S3Server } from '../../../services/s3-server.ts';
import { freePort } from '../../../services/server-process.ts';
import { versions } from '../../../services/versions.ts';
import { openS3Client, type S3Bucket, type S3Limits } from '#shared/storage/s3-client.ts';
import { ensureS3Bucket } from '#shared/storage/s3-ensure-bucket.ts';
import { servicesHere, tellOfMissing } from './service-cache.ts';

/** A server of a suite's own. */
export interface LentS3 {
  server: () => S3Server;
  /** An empty bucket, and how it is asked. */
  newBucket: (limits?: Partial<S3Limits>) => Promise<S3Bucket>;
}

/** Fails fast, so that tests of trouble do not wait. */
export const testS3Limits: S3Limits = { tries: 3, pauseMs: 20, connectMs: 2000, silenceMs: 5000 };

const startMs = 60_000;

/** Runs a suite on MinIO and on versitygw, as far as they are on this machine; one of them must be. */
export function eachS3Server(suite: (lent: LentS3, name: S3Program) => void): void {
  const here = servicesHere();
  const kinds = (['minio', 'versitygw'] as const).filter((name) => here[name] !== null);
  for (const name of kinds) describe(`on ${name} ${versions[name]}`, () => suite(lendS3(name, here[name]!), name));
  if (kinds.length === 0) describe('on an S3 server', () => tellOfMissing('versitygw or MinIO'));
}

/** Starts a server before the suite and ends it after. */
export function lendS3(name: S3Program, program: string): LentS3 {
  const folder = mkdtempSync(join(tmpdir(), `geocrop-${name}-`));
  let server: S3Server | undefined;
  beforeAll(async () => {
    const credentials = { accessKeyId: 'tester', secretAccessKey: randomUUID() };
    server = await startS3Server(name, program, { folder, port: await freePort(), credentials });
  }, startMs);
  afterAll(async () => {
    await server?.stop();
    rmSync(folder, { recursive: true, force: true });
  }, startMs);
  const running = () => {
    if (server) return server;
    throw new Error('a server is there from beforeAll on');
  };
  return {
    server: running,
    async newBucket(limits = {}) {
      const { settings } = running();
      const all = { ...testS3Limits, ...limits };
      const bucket = `test-${randomUUID()}`;
      const at = { client: openS3Client(settings, all), endpoint: settings.endpoint, bucket, limits: all };
      await ensureS3Bucket(at);
      return at;
    },
  };
}
