import { needSetting, readPlatformSettings } from '#shared/config/platform-settings.ts';
import { readProduct } from '#shared/config/product.ts';
import { projectRoot } from '#shared/config/project-root.ts';
import { openDatabase } from '#shared/db/database.ts';
import { defaultIssuer } from '#shared/domain/user-token.ts';
import { createLogger } from '#shared/http/logger.ts';
import { serve } from '#shared/http/serve.ts';
import { createAuthApp } from './app.ts';
import { sweepFailures } from './login-limit.ts';
import { loadSigningKey } from './signing-key.ts';
import { ensureFirstAdmin } from './users.ts';

const platform = readPlatformSettings();
const logger = createLogger((line) => process.stdout.write(line), {
  level: platform.logLevel,
  fields: { function: 'auth' },
});
const key = await loadSigningKey(platform);
const db = openDatabase({ url: needSetting(platform.databaseUrl, 'DATABASE_URL') });

// Where a Secret holds the password, nobody starts the platform by hand and makes the admin.
if (platform.adminPassword && (await ensureFirstAdmin(db, platform.adminPassword))) logger.info('Admin:Create');
await sweepFailures(db);

const app = createAuthApp({
  db,
  key,
  issuer: platform.publicUrl ?? defaultIssuer,
  publicUrl: platform.publicUrl,
  proxies: platform.proxies,
  logger,
  version: (await readProduct(projectRoot)).version,
  readiness: { database: () => db.selectFrom('users').select('id').limit(1).execute() },
});

await serve({
  fetch: app.fetch,
  port: platform.port,
  host: platform.host,
  logger,
  drainMs: platform.drainMs,
  cleanUp: () => db.destroy(),
});
