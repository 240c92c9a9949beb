import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { openDatabase } from '#shared/db/database.ts';
import { fromUtm } from '#shared/domain/utm.ts';
import { databaseQueue } from '#shared/queue/database-queue.ts';
import { chunksQueue, jobsQueue } from '#shared/queue/work-messages.ts';
import { deadLetterQueue } from '#shared/queue/queue.ts';
import { sqsQueue } from '#shared/queue/sqs-queue.ts';
import { directoryStore } from '#shared/storage/directory-store.ts';
import { s3Store } from '#shared/storage/s3-store.ts';
import { madeSeason } from '../made-season.ts';
import { postgresInstalled } from '../postgres-cluster.ts';
import { lendDatabase, type DatabaseName } from '../postgres-lender.ts';
import { innerCorners } from '../season-areas.ts';
import { mapInProcess, type BackEnds, type MadeMap } from './map-in-process.ts';
import { lendS3 } from './s3-servers.ts';
import { servicesHere, tellOfMissing } from './service-cache.ts';
import { lendSqs } from './sqs-server.ts';

const folder = mkdtempSync(join(tmpdir(), 'geocrop-same-map-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function mapOn(
  database: DatabaseName,
  ends: (db: BackEnds['db']) => Promise<Omit<BackEnds, 'db'>>,
): Promise<MadeMap> {
  const lent = await lendDatabase(database, false);
  const db = openDatabase({ url: lent.url });
  try {
    const { out } = await madeSeason(3, 2, 10);
    // Round the place where four chunks meet.
    const [lon, lat] = fromUtm({ zone: 31, north: true }, ...innerCorners[0]);
    return await mapInProcess({ db, ...(await ends(db)) }, out, { lon, lat, radiusM: 300 });
  } finally {
    await db.destroy();
    await lent.close();
  }
}

const here = servicesHere();
const kind = here.minio ? 'minio' : 'versitygw';

describe('one job on the real servers', () => {
  if (!here[kind] || !here.elasticmq || !postgresInstalled())
    return tellOfMissing('PostgreSQL 15, versitygw or MinIO, ElasticMQ and java');
  const s3 = lendS3(kind, here[kind]);
  const sqs = lendSqs(here.elasticmq);

  test(`PostgreSQL, ${kind} and ElasticMQ give the bytes of the embedded parts`, { timeout: 240_000 }, async () => {
    const embedded = await mapOn('embedded', async (db) => ({
      queue: databaseQueue(db),
      store: directoryStore(folder),
    }));
    const queue = sqsQueue(sqs.sqs());
    const at = await s3.newBucket();
    const real = await mapOn('postgresql', async () => ({ queue, store: s3Store(at) }));
    expect([embedded.job.state, real.job.state]).toEqual(['successful', 'successful']);
    expect([embedded.job.chunks, real.job.chunks]).toEqual([4, 4]);
    expect(real.sha256).toBe(embedded.sha256);
    const withoutJob = ({ keys, job }: MadeMap) => keys.map((key) => key.replace(job.id, 'JOB')).sort();
    expect(withoutJob(real)).toEqual(withoutJob(embedded));
    for (const name of [jobsQueue, chunksQueue])
      expect(await queue.counts(deadLetterQueue(name))).toEqual({ ready: 0, inFlight: 0 });
  });
});
