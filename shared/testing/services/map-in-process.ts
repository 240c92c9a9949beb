import { createHash } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { setTimeout as sleep } from 'node:timers/promises';
import { inferHandler } from '../../../functions/infer/app.ts';
import { keepCompany } from '../../../functions/infer/company.ts';
import { scoreHandler } from '../../../functions/score/app.ts';
import { peakMemoryBytes } from '#shared/config/peak-memory.ts';
import { folderOf } from '#shared/config/sources.ts';
import type { Database } from '#shared/db/database.ts';
import { findJob } from '#shared/db/job-row.ts';
import { submitJob } from '#shared/db/submit-job.ts';
import { checkAoi } from '#shared/domain/check-aoi.ts';
import type { Job } from '#shared/domain/job.ts';
import type { Source } from '#shared/domain/source.ts';
import { featureSet } from '#shared/features/feature-names.ts';
import type { Logger } from '#shared/http/logger.ts';
import { previewReaders } from '#shared/mapping/preview-reader.ts';
import { assertReadable, sourceReaders } from '#shared/mapping/source-access.ts';
import { SharedClock } from '#shared/mapping/stopwatch.ts';
import { resultPrefix } from '#shared/mapping/stored-task.ts';
import { loadEnsemble } from '#shared/model/load-ensemble.ts';
import { findModel } from '#shared/model/model-folder.ts';
import { consume, type ConsumeOptions } from '#shared/queue/consume.ts';
import type { Queue } from '#shared/queue/queue.ts';
import { chunksQueue, jobsQueue } from '#shared/queue/work-messages.ts';
import { unsignedS3Client } from '#shared/raster/s3-source.ts';
import { nodeStacIo } from '#shared/stac/io.ts';
import { searchScenes } from '#shared/stac/search-scenes.ts';
import type { ObjectStore } from '#shared/storage/object-store.ts';
import { defaultQuotas, makeUser } from '../job-fixtures.ts';

/** The back ends that the functions run on. */
export interface BackEnds {
  db: Database;
  queue: Queue;
  store: ObjectStore;
}

export interface MadeMap {
  job: Job;
  sha256: string;
  /** Everything that lies in the store, by key. */
  keys: string[];
}

const models = [fileURLToPath(new URL('../fixtures/models', import.meta.url))];
const silent: Logger = { debug() {}, info() {}, warn() {}, error() {}, child: () => silent };
const s3 = unsignedS3Client({ region: 'none' });
const limits = { maxRadiusM: 20_000, maxAreaKm2: 1000 };

/** Sends one job of a made season through the handlers of `score` and of two workers of `infer`, in this process. */
export async function mapInProcess(ends: BackEnds, stac: string, area: { lon: number; lat: number; radiusM: number }) {
  const source: Source = { id: 'made', title: 'made', stac, collection: null, hosts: [] };
  const stop = new AbortController();
  const errors: unknown[] = [];
  const work = (name: string, handle: ConsumeOptions['handle']) => {
    const onError = (error: unknown) => void errors.push(error);
    return consume({ queue: ends.queue, name, visibilitySeconds: 60, handle, onError, signal: stop.signal });
  };
  const loops = [
    work(jobsQueue, scorer(ends, source)),
    work(chunksQueue, worker(ends, source, 'worker-1')),
    work(chunksQueue, worker(ends, source, 'worker-2')),
  ];
  try {
    const job = await finished(ends.db, await submit(ends, area), errors);
    return await madeMap(job, ends.store);
  } finally {
    stop.abort();
    await Promise.all(loops);
  }
}

async function submit({ db, queue }: BackEnds, area: { lon: number; lat: number; radiusM: number }): Promise<string> {
  const owner = await makeUser(db, 'analyst');
  const aoi = checkAoi({ type: 'circle', ...area }, limits);
  const request = {
    aoi,
    season: 'northern-summer',
    year: 2019,
    model: 'tiny',
    collection: null,
    onBrokenScene: 'fail' as const,
    acceptOutsideModel: false,
  };
  const { lon, lat } = area;
  const ring = [
    [lon, lat],
    [lon + 0.01, lat],
    [lon, lat + 0.01],
    [lon, lat],
  ];
  const geometry = { type: 'Polygon', coordinates: [ring] };
  const { job } = await submitJob(db, { owner, source: 'made', request, geometry, idempotency: null }, defaultQuotas);
  await queue.send(jobsQueue, [{ step: 'plan', jobId: job.id }]);
  return job.id;
}

async function finished(db: Database, id: string, errors: readonly unknown[]): Promise<Job> {
  for (const end = Date.now() + 90_000; Date.now() < end; await sleep(100)) {
    const job = await findJob(db, id, null);
    if (job && job.state !== 'accepted' && job.state !== 'running') return job;
  }
  throw new Error(`the job did not end; first of ${errors.length} errors:`, { cause: errors[0] });
}

async function madeMap(job: Job, store: ObjectStore): Promise<MadeMap> {
  const map = await store.get(`${resultPrefix(job.id)}map.tif`);
  if (!map) throw new Error(`no map of the job ${JSON.stringify(job)}`);
  return { job, sha256: createHash('sha256').update(map).digest('hex'), keys: await store.list('') };
}

function scorer(ends: BackEnds, source: Source) {
  const io = nodeStacIo();
  return scoreHandler({
    ...ends,
    sources: [source],
    model: async (name) => (await findModel(name, models, featureSet)).manifest,
    search: ({ stac }, query, signal) => searchScenes(stac, query, io, signal),
    assertReadable: async (asked, href) => assertReadable(asked, await folderOf(asked), href),
    assetSize: () => Promise.resolve(null),
    product: { version: 'test', commit: 'test' },
    logger: silent,
    peakMemoryBytes,
    now: () => new Date(),
  });
}

function worker(ends: BackEnds, source: Source, name: string) {
  return inferHandler({
    ...ends,
    sources: [source],
    async model(asked) {
      const { manifest, read } = await findModel(asked, models, featureSet);
      return { manifest, ensemble: await loadEnsemble(read, manifest, featureSet) };
    },
    reader: sourceReaders({ s3, folderOf }),
    previewReader: previewReaders({ s3, folderOf }),
    logger: silent,
    worker: name,
    peakMemoryBytes,
    company: keepCompany(),
    clock: new SharedClock(),
    leases: { leaseSeconds: 30, heartbeatSeconds: 3, maxTries: 5 },
    previewSeconds: { limit: 30, check: 1 },
  });
}
