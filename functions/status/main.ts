import { needSetting, readPlatformSettings } from '#shared/config/platform-settings.ts';
import { readProduct } from '#shared/config/product.ts';
import { projectRoot } from '#shared/config/project-root.ts';
import { openDatabase } from '#shared/db/database.ts';
import { defaultIssuer } from '#shared/domain/user-token.ts';
import { createLogger } from '#shared/http/logger.ts';
import { remoteKeys } from '#shared/http/remote-keys.ts';
import { serve } from '#shared/http/serve.ts';
import { openStore } from '#shared/storage/open-store.ts';
import { createStatusApp } from './app.ts';

const platform = readPlatformSettings();
const logger = createLogger((line) => process.stdout.write(line), {
  level: platform.logLevel,
  fields: { function: 'status' },
});
const db = openDatabase({ url: needSetting(platform.databaseUrl, 'DATABASE_URL') });
const shutdown = new AbortController();

const app = createStatusApp({
  db,
  store: await openStore(platform, 'results'),
  tokens: {
    issuer: platform.publicUrl ?? defaultIssuer,
    keys: remoteKeys(needSetting(platform.jwksUrl, 'GEOCROP_JWKS_URL'), fetch),
  },
  version: (await readProduct(projectRoot)).version,
  logger,
  shutdown: shutdown.signal,
  pollMs: 500,
});

await serve({
  fetch: app.fetch,
  port: platform.port,
  host: platform.host,
  logger,
  drainMs: platform.drainMs,
  shutdown,
  cleanUp: () => db.destroy(),
});
