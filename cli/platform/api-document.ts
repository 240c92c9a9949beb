import { createLogger } from '#shared/http/logger.ts';
import { documentOf, mergeDocuments } from '#shared/http/open-api.ts';

/** The OpenAPI 3.1 document of all functions together, made from their routes. */
export async function apiDocument(version: string, serverUrl: string): Promise<unknown> {
  const [auth, jobs, status, tiles, { parseSigningKey, newSigningKey }] = await Promise.all([
    import('../../functions/auth/app.ts'),
    import('../../functions/jobs/app.ts'),
    import('../../functions/status/app.ts'),
    import('../../functions/tiles/app.ts'),
    import('../../functions/auth/signing-key.ts'),
  ]);
  const logger = createLogger(() => {});
  // The document is made from the routes alone: of what their handlers need, only this is looked at.
  const deps = { logger, version, tokens: { issuer: '', keys: () => Promise.reject(new Error('no keys')) } };
  const key = await parseSigningKey(await newSigningKey());
  const apps = [
    auth.createAuthApp({ ...deps, key, issuer: '', proxies: 0 } as never),
    jobs.createJobsApp(deps as never),
    status.createStatusApp(deps as never),
    tiles.createTilesApp(deps as never),
  ];
  const documents = apps.map((app) => documentOf(app, { title: 'GeoCrop', version }));
  return mergeDocuments(documents, { title: 'GeoCrop', version, description: 'Crop maps from Sentinel-2.' }, serverUrl);
}
