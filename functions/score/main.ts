import { stat } from 'node:fs/promises';
import { peakMemoryBytes } from '#shared/config/peak-memory.ts';
import { needSetting, readPlatformSettings } from '#shared/config/platform-settings.ts';
import { readProduct } from '#shared/config/product.ts';
import { projectRoot } from '#shared/config/project-root.ts';
import { readSettings } from '#shared/config/settings.ts';
import { folderOf, readSources, sourcesFileOf } from '#shared/config/sources.ts';
import { openDatabase } from '#shared/db/database.ts';
import { assertReadable, searchSource } from '#shared/mapping/source-access.ts';
import { featureSet } from '#shared/features/feature-names.ts';
import { createLogger } from '#shared/http/logger.ts';
import { findModel } from '#shared/model/model-folder.ts';
import { consume } from '#shared/queue/consume.ts';
import { runConsumer } from '#shared/http/run-consumer.ts';
import { openQueue } from '#shared/queue/open-queue.ts';
import { jobsQueue } from '#shared/queue/work-messages.ts';
import { nodeStacIo } from '#shared/stac/io.ts';
import { searchScenes } from '#shared/stac/search-scenes.ts';
import { openStore } from '#shared/storage/open-store.ts';
import { scoreHandler } from './app.ts';

const platform = readPlatformSettings();
const settings = readSettings(projectRoot);
const logger = createLogger((line) => process.stdout.write(line), {
  level: platform.logLevel,
  fields: { function: 'score' },
});
const db = openDatabase({ url: needSetting(platform.databaseUrl, 'DATABASE_URL') });
const queue = await openQueue(platform, db);

const handle = scoreHandler({
  db,
  queue,
  store: await openStore(platform, 'results'),
  sources: await readSources(await sourcesFileOf(platform, projectRoot)),
  model: async (name) => (await findModel(name, settings.modelFolders, featureSet)).manifest,
  search: async (source, query, signal) =>
    searchSource(source, await folderOf(source), (stac) =>
      searchScenes(stac, query, nodeStacIo(), signal, settings.http),
    ),
  assertReadable: async (source, href) => assertReadable(source, await folderOf(source), href),
  assetSize: async (href) => (href.startsWith('/') ? ((await stat(href).catch(() => null))?.size ?? null) : null),
  product: await readProduct(projectRoot),
  logger,
  peakMemoryBytes,
  now: () => new Date(),
});

await runConsumer({
  run: (signal) =>
    consume({
      queue,
      name: jobsQueue,
      visibilitySeconds: 60,
      handle,
      signal,
      onError: (error, where) => logger.error('Message:Failed', { where, error }),
    }),
  port: platform.port,
  host: platform.host,
  logger,
  cleanUp: () => db.destroy(),
});
