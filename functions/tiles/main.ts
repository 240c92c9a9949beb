import { needSetting, readPlatformSettings } from '#shared/config/platform-settings.ts';
import { readProduct } from '#shared/config/product.ts';
import { projectRoot } from '#shared/config/project-root.ts';
import type { Database } from '#shared/db/database.ts';
import { findSource } from '#shared/domain/source.ts';
import { defaultIssuer } from '#shared/domain/user-token.ts';
import { createLogger } from '#shared/http/logger.ts';
import { remoteKeys } from '#shared/http/remote-keys.ts';
import { serve } from '#shared/http/serve.ts';
import { openStore } from '#shared/storage/open-store.ts';
import { createTilesApp } from './app.ts';
import type { TilesDeps } from './deps.ts';
import { jobReader } from './job-reader.ts';

const platform = readPlatformSettings();
const databaseUrl = needSetting(platform.databaseUrl, 'DATABASE_URL');
const logger = createLogger((line) => process.stdout.write(line), {
  level: platform.logLevel,
  fields: { function: 'tiles' },
});

// A baseline's tile needs neither the database nor what reads scenes; both are loaded at the first need.
let opened: Promise<Database> | undefined;
async function loadDatabase(): Promise<Database> {
  const { openDatabase } = await import('#shared/db/database.ts');
  return openDatabase({ url: databaseUrl });
}
const database = () =>
  (opened ??= loadDatabase().catch((error) => {
    opened = undefined;
    throw error;
  }));

const source: TilesDeps['source'] = async (id) => {
  const { readSources, sourcesFileOf } = await import('#shared/config/sources.ts');
  return findSource(await readSources(await sourcesFileOf(platform, projectRoot)), id);
};

let opener: Promise<TilesDeps['openAsset']> | undefined;
async function loadOpener(): Promise<TilesDeps['openAsset']> {
  const [{ readSettings }, { assetOpener }] = await Promise.all([
    import('#shared/config/settings.ts'),
    import('./open-asset.ts'),
  ]);
  return assetOpener(readSettings(projectRoot));
}
const loadedOpener = () =>
  (opener ??= loadOpener().catch((error) => {
    opener = undefined;
    throw error;
  }));

const app = createTilesApp({
  jobs: jobReader(database),
  store: await openStore(platform, 'results'),
  baselines: await openStore(platform, 'baselines'),
  source,
  openAsset: async (...asked) => (await loadedOpener())(...asked),
  tokens: {
    issuer: platform.publicUrl ?? defaultIssuer,
    keys: remoteKeys(needSetting(platform.jwksUrl, 'GEOCROP_JWKS_URL'), fetch),
  },
  publicUrl: platform.publicUrl ?? null,
  version: (await readProduct(projectRoot)).version,
  logger,
  cacheBytes: 128 * 2 ** 20,
  catalogMs: 10_000,
});

await serve({
  fetch: app.fetch,
  port: platform.port,
  host: platform.host,
  logger,
  drainMs: platform.drainMs,
  cleanUp: async () => (await opened)?.destroy(),
});
