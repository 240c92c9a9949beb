import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { readPlatformSettings } from '#shared/config/platform-settings.ts';
import { readProduct } from '#shared/config/product.ts';
import { projectRoot } from '#shared/config/project-root.ts';
import { createLogger } from '#shared/http/logger.ts';
import { serve } from '#shared/http/serve.ts';
import { createWebApp } from './app.ts';

const platform = readPlatformSettings();
const logger = createLogger((line) => process.stdout.write(line), {
  level: platform.logLevel,
  fields: { function: 'web' },
});
const demoSchema = z.object({ job: z.uuid(), share: z.string() });

const app = createWebApp({
  folder: join(projectRoot, 'frontend', 'dist'),
  apiDocument: async () => ({
    ...JSON.parse(await readFile(join(projectRoot, 'frontend', 'src', 'api', 'openapi.json'), 'utf8')),
    servers: [{ url: platform.publicUrl ?? '/' }],
  }),
  demo: async () => {
    const text = await readFile(join(platform.home, 'demo.json'), 'utf8').catch(() => null);
    return text === null ? null : demoSchema.parse(JSON.parse(text));
  },
  basemap: platform.basemap,
  version: (await readProduct(projectRoot)).version,
  logger,
});

await serve({
  fetch: app.fetch,
  port: platform.port,
  host: platform.host,
  logger,
  drainMs: platform.drainMs,
  cleanUp: () => Promise.resolve(),
});
