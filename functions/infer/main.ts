import { hostname } from 'node:os';
import { peakMemoryBytes } from '#shared/config/peak-memory.ts';
import { needSetting, readPlatformSettings } from '#shared/config/platform-settings.ts';
import { projectRoot } from '#shared/config/project-root.ts';
import { readSettings } from '#shared/config/settings.ts';
import { folderOf, readSources, sourcesFileOf } from '#shared/config/sources.ts';
import { openDatabase } from '#shared/db/database.ts';
import { featureSet } from '#shared/features/feature-names.ts';
import { createLogger } from '#shared/http/logger.ts';
import { runConsumer } from '#shared/http/run-consumer.ts';
import type { LoadedModel } from '#shared/mapping/compute-part.ts';
import { modelIdentity } from '#shared/mapping/part-key.ts';
import { previewReaders } from '#shared/mapping/preview-reader.ts';
import { sourceReaders } from '#shared/mapping/source-access.ts';
import { SharedClock } from '#shared/mapping/stopwatch.ts';
import { loadEnsemble, servedBy } from '#shared/model/load-ensemble.ts';
import { findModel } from '#shared/model/model-folder.ts';
import { consume } from '#shared/queue/consume.ts';
import { openQueue } from '#shared/queue/open-queue.ts';
import { chunksQueue } from '#shared/queue/work-messages.ts';
import { DecodedBlocks } from '#shared/raster/decoded-blocks.ts';
import { unsignedS3Client } from '#shared/raster/s3-source.ts';
import { openStore } from '#shared/storage/open-store.ts';
import { inferHandler } from './app.ts';
import { keepCompany } from './company.ts';

const platform = readPlatformSettings();
const settings = readSettings(projectRoot);
const logger = createLogger((line) => process.stdout.write(line), {
  level: platform.logLevel,
  fields: { function: 'infer' },
});
const db = openDatabase({ url: needSetting(platform.databaseUrl, 'DATABASE_URL') });
const queue = await openQueue(platform, db);
/** What parts that are computed at once share of a source is kept for so long as this holds it. */
const shared = new DecodedBlocks(32 * 2 ** 20);
const models = new Map<string, Promise<LoadedModel>>();

async function load(name: string): Promise<LoadedModel> {
  const { manifest, read } = await findModel(name, settings.modelFolders, featureSet);
  const ensemble = await loadEnsemble(read, manifest, featureSet);
  logger.info('Model:Loaded', { model: name, version: manifest.version, served: servedBy(ensemble) });
  return { manifest, ensemble };
}

/**
 * Loaded once, also for several that ask at once; what could not be loaded, or has been replaced since, is loaded anew.
 * A part may still be at work with what was replaced: it goes when nobody has it any more.
 */
async function model(name: string, identity: string | null): Promise<LoadedModel> {
  const known = models.get(name);
  const found = await known?.catch(() => null);
  if (found && modelIdentity(found.manifest) === identity) return found;
  if (models.get(name) === known) models.set(name, load(name));
  return models.get(name)!;
}

const company = keepCompany();
const s3 = unsignedS3Client(settings.s3);
const handle = inferHandler({
  db,
  queue,
  store: await openStore(platform, 'results'),
  sources: await readSources(await sourcesFileOf(platform, projectRoot)),
  model,
  reader: sourceReaders({ s3, folderOf, http: settings.http, shared }),
  release: shared.memory.give,
  previewReader: previewReaders({ s3, folderOf }),
  logger,
  worker: `${hostname()}/${process.pid}`,
  peakMemoryBytes,
  company,
  clock: new SharedClock(),
  leases: platform.leases,
  previewSeconds: { limit: 30, check: 1 },
});

const consumeOne = (signal: AbortSignal) =>
  consume({
    queue,
    name: chunksQueue,
    // A message whose worker vanished between taking it and the lease of its part.
    visibilitySeconds: 2 * platform.leases.leaseSeconds,
    handle,
    whenReady: () => company.whenOpen(),
    signal,
    onError: (error, where) => logger.error('Message:Failed', { where, error }),
  });

await runConsumer({
  run: async (signal) => {
    await Promise.all(Array.from({ length: platform.chunksAtOnce }, () => consumeOne(signal)));
  },
  port: platform.port,
  host: platform.host,
  logger,
  cleanUp: () => db.destroy(),
});
