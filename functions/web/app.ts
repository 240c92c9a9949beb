import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { serveStatic } from '@hono/node-server/serve-static';
import type { Context, MiddlewareHandler } from 'hono';
import { GeoCropError } from '#shared/domain/errors.ts';
import type { AppEnv } from '#shared/http/app-env.ts';
import { createApp, type App } from '#shared/http/create-app.ts';
import { contentPolicy } from './content-policy.ts';
import type { WebDeps } from './deps.ts';

/** Names of assets carry a hash of their content. */
const forEver = 'public, max-age=31536000, immutable';

/** `web`: the files of the map application, and what it has to know of this deployment. */
export function createWebApp(deps: WebDeps): App {
  const app = createApp({ name: 'web', version: deps.version, logger: deps.logger });
  const policy = contentPolicy(deps.basemap?.url ?? null);
  const files = serveStatic<AppEnv>({ root: deps.folder, precompressed: true });
  app.get('/assets/*', keptFor(forEver), files);
  app.get('/favicon.svg', keptFor('public, max-age=86400'), files);
  app.get('/settings.json', (c) => c.json({ basemap: deps.basemap, version: deps.version }, 200, noCache));
  app.get('/demo.json', async (c) => {
    const demo = await deps.demo();
    if (!demo) throw new GeoCropError('not-found', 'this deployment has no demo');
    return c.json(demo, 200, noCache);
  });
  app.get('/api', async (c) =>
    c.body(JSON.stringify(await deps.apiDocument()), 200, {
      'content-type': 'application/vnd.oai.openapi+json;version=3.1',
    }),
  );
  const page = (c: Context<AppEnv>) => sendPage(c, deps.folder, policy);
  app.get('/', page);
  app.get('/app', page);
  app.get('/app/*', page);
  return app;
}

/** Only of what is there: an asset that a roll-out has not brought yet must be asked for again. */
const keptFor =
  (cacheControl: string): MiddlewareHandler<AppEnv> =>
  async (c, next) => {
    await next();
    if (c.res.ok) c.header('cache-control', cacheControl);
  };

const noCache = { 'cache-control': 'no-cache' };

async function sendPage(c: Context<AppEnv>, folder: string, policy: string): Promise<Response> {
  const html = await readFile(join(folder, 'index.html'), 'utf8');
  return c.html(html, 200, { ...noCache, 'content-security-policy': policy });
}
