import { stat } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { needSetting, readPlatformSettings } from '#shared/config/platform-settings.ts';
import { readProduct } from '#shared/config/product.ts';
import { projectRoot } from '#shared/config/project-root.ts';
import { readSettings } from '#shared/config/settings.ts';
import { folderOf, readSources, sourcesFileOf } from '#shared/config/sources.ts';
import { openDatabase } from '#shared/db/database.ts';
import { defaultIssuer } from '#shared/domain/user-token.ts';
import { featureSet } from '#shared/features/feature-names.ts';
import { createLogger } from '#shared/http/logger.ts';
import { remoteKeys } from '#shared/http/remote-keys.ts';
import { serve } from '#shared/http/serve.ts';
import { findModel, installedNames } from '#shared/model/model-folder.ts';
import { openQueue } from '#shared/queue/open-queue.ts';
import { folderBytes } from '#shared/storage/folder-bytes.ts';
import { openStore, removeHalfWrittenIn } from '#shared/storage/open-store.ts';
import { createJobsApp } from './app.ts';
import { keptModels } from './kept-models.ts';
import { lateReaders } from './late-readers.ts';

const platform = readPlatformSettings();
const settings = readSettings(projectRoot);
const logger = createLogger((line) => process.stdout.write(line), {
  level: platform.logLevel,
  fields: { function: 'jobs' },
});
const db = openDatabase({ url: needSetting(platform.databaseUrl, 'DATABASE_URL') });
const find = (name: string) => findModel(name, settings.modelFolders, featureSet);
const store = await openStore(platform, 'results');
const late = lateReaders({ s3: settings.s3, http: settings.http, folderOf });

const app = createJobsApp({
  db,
  queue: await openQueue(platform, db),
  quotas: platform.quotas,
  limits: settings.limits,
  sources: await readSources(await sourcesFileOf(platform, projectRoot)),
  model: async (name) => (await find(name)).manifest,
  modelNames: () => installedNames(settings.modelFolders),
  votes: keptModels(find, featureSet),
  scenes: {
    search: late.search,
    assertReadable: late.assertReadable,
    assetSize: async (href) => (href.startsWith('/') ? ((await stat(href).catch(() => null))?.size ?? null) : null),
  },
  rasters: late.rasters,
  reader: late.reader,
  store,
  retention: {
    ...platform.retention,
    // What lies on a server is not on the disk of the home.
    usedBytes: () => (platform.objects ? store.bytes('') : folderBytes(platform.home)),
    removeHalfWritten: platform.objects ? null : () => removeHalfWrittenIn(platform.home),
  },
  workers: availableParallelism(),
  chunksAtOnce: platform.chunksAtOnce,
  tokens: {
    issuer: platform.publicUrl ?? defaultIssuer,
    keys: remoteKeys(needSetting(platform.jwksUrl, 'GEOCROP_JWKS_URL'), fetch),
  },
  maxTries: platform.leases.maxTries,
  today: () => new Date().toISOString().slice(0, 10),
  version: (await readProduct(projectRoot)).version,
  logger,
});

await serve({
  fetch: app.fetch,
  port: platform.port,
  host: platform.host,
  logger,
  drainMs: platform.drainMs,
  cleanUp: () => db.destroy(),
});
