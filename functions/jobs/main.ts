import { needSetting, readPlatformSettings } from '#shared/config/platform-settings.ts';
import { readProduct } from '#shared/config/product.ts';
import { projectRoot } from '#shared/config/project-root.ts';
import { readSettings } from '#shared/config/settings.ts';
import { readSources, sourcesFileOf } from '#shared/config/sources.ts';
import { openDatabase } from '#shared/db/database.ts';
import { defaultIssuer } from '#shared/domain/user-token.ts';
import { featureSet } from '#shared/features/feature-names.ts';
import { createLogger } from '#shared/http/logger.ts';
import { remoteKeys } from '#shared/http/remote-keys.ts';
import { serve } from '#shared/http/serve.ts';
import { findModel, installedNames } from '#shared/model/model-folder.ts';
import { databaseQueue } from '#shared/queue/database-queue.ts';
import { createJobsApp } from './app.ts';

const platform = readPlatformSettings();
const settings = readSettings(projectRoot);
const logger = createLogger((line) => process.stdout.write(line), {
  level: platform.logLevel,
  fields: { function: 'jobs' },
});
const db = openDatabase({ url: needSetting(platform.databaseUrl, 'DATABASE_URL') });

const app = createJobsApp({
  db,
  queue: databaseQueue(db),
  quotas: platform.quotas,
  limits: settings.limits,
  sources: await readSources(sourcesFileOf(platform.sourcesFile, projectRoot)),
  model: async (name) => (await findModel(name, settings.modelFolders, featureSet)).manifest,
  modelNames: () => installedNames(settings.modelFolders),
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
