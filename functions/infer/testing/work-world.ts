import { realpathSync } from 'node:fs';
import { join } from 'node:path';
import type { Database } from '#shared/db/database.ts';
import { submitJob } from '#shared/db/submit-job.ts';
import type { Job, JobRequest } from '#shared/domain/job.ts';
import type { Source } from '#shared/domain/source.ts';
import { featureSet } from '#shared/features/feature-names.ts';
import { createLogger } from '#shared/http/logger.ts';
import type { LoadedModel } from '#shared/mapping/compute-part.ts';
import { previewReaders } from '#shared/mapping/preview-reader.ts';
import { assertReadable, sourceReaders } from '#shared/mapping/source-access.ts';
import { SharedClock } from '#shared/mapping/stopwatch.ts';
import { loadEnsemble } from '#shared/model/load-ensemble.ts';
import { readManifest } from '#shared/model/read-bundle.ts';
import { directoryBundle } from '#shared/model/bundle-files.ts';
import type { Queue } from '#shared/queue/queue.ts';
import { nodeStacIo } from '#shared/stac/io.ts';
import { searchScenes } from '#shared/stac/search-scenes.ts';
import { directoryStore } from '#shared/storage/directory-store.ts';
import { tinyFolder } from '#shared/testing/fixtures/model/bundle.ts';
import { defaultQuotas, makeUser, submission } from '#shared/testing/job-fixtures.ts';
import type { ScoreDeps } from '../../score/deps.ts';
import { keepCompany } from '../company.ts';
import type { InferDeps } from '../deps.ts';

export interface Sent {
  queue: string;
  body: unknown;
}

/** What `score` and `infer` work with, real but for a queue that only notes what is sent and a log that is kept. */
export interface WorkWorld {
  score: ScoreDeps;
  infer: InferDeps;
  sent: Sent[];
  logged: { level: string; message: string; [field: string]: unknown }[];
  submit(request?: Partial<JobRequest>): Promise<Job>;
}

const read = directoryBundle(tinyFolder);
const manifest = await readManifest(read, tinyFolder, featureSet);
const tiny: LoadedModel = { manifest, ensemble: await loadEnsemble(read, manifest, featureSet) };
const noS3 = { read: () => Promise.reject(new Error('no bucket in a test')) } as never;

function notingQueue(sent: Sent[]): Queue {
  const unused = () => Promise.reject(new Error('handlers only send'));
  const send = async (queue: string, bodies: readonly unknown[]) =>
    void sent.push(...bodies.map((body) => ({ queue, body })));
  return { send, receive: unused, extend: unused, delete: unused, counts: unused };
}

/** A world of one source, `demo`: a season in a folder. */
export function workWorld(db: Database, season: string, folder: string): WorkWorld {
  const sent: Sent[] = [];
  const logged: WorkWorld['logged'] = [];
  const source: Source = { id: 'demo', title: 'Demo', stac: realpathSync(season), collection: null, hosts: [] };
  const folderOf = async () => source.stac;
  const logger = createLogger((line) => void logged.push(JSON.parse(line)), { level: 'debug' });
  const common = { db, queue: notingQueue(sent), store: directoryStore(join(folder, 'objects')), sources: [source] };
  const score: ScoreDeps = {
    ...common,
    model: async () => manifest,
    search: (from, query, signal) => searchScenes(from.stac, query, nodeStacIo(), signal),
    assertReadable: (from, href) => assertReadable(from, from.stac, href),
    assetSize: async () => null,
    product: { version: '0.0.0', commit: 'test' },
    logger,
    peakMemoryBytes: () => 1,
    now: () => new Date('2026-01-01T00:00:00Z'),
  };
  const infer: InferDeps = {
    ...common,
    model: async () => tiny,
    reader: sourceReaders({ s3: noS3, folderOf }),
    previewReader: previewReaders({ s3: noS3, folderOf }),
    logger,
    worker: 'test/1',
    peakMemoryBytes: () => 1,
    company: keepCompany(),
    clock: new SharedClock(),
    leases: { leaseSeconds: 30, maxTries: 5, heartbeatSeconds: 1 },
    previewSeconds: { limit: 30, check: 0.1 },
  };
  const submit: WorkWorld['submit'] = async (request = {}) => {
    const owner = await makeUser(db, 'admin');
    const made = submission(owner);
    const wanted = { ...made, request: { ...made.request, model: 'tiny', ...request } };
    return (await submitJob(db, wanted, defaultQuotas)).job;
  };
  return { score, infer, sent, logged, submit };
}
