import { createRoute, z } from '@hono/zod-openapi';
import type { Database } from '#shared/db/database.ts';
import { createApp, type App } from '#shared/http/create-app.ts';
import type { Logger } from '#shared/http/logger.ts';
import type { ReadinessChecks } from '#shared/http/health.ts';
import type { SigningKey } from './signing-key.ts';
import { addSessionRoutes } from './session-routes.ts';
import { addTokenRoutes } from './token-routes.ts';
import { addUserRoutes } from './user-routes.ts';
import { createWorkGate } from './work-gate.ts';

export interface AuthDeps {
  db: Database;
  key: SigningKey;
  /** `iss` of the tokens. */
  issuer: string;
  /** Address of the deployment as its users know it, where it has one. */
  publicUrl?: string | undefined;
  /** Trusted proxies before the function. */
  proxies: number;
  logger: Logger;
  version: string;
  readiness?: ReadinessChecks | undefined;
}

/** Two hashes at once take 38 MiB; a hundred who wait take some seconds. */
const hashing = { parallel: 2, waiting: 100 };

const keysSchema = z
  .object({
    keys: z.array(
      z.object({ kty: z.string(), crv: z.string(), x: z.string(), kid: z.string(), alg: z.string(), use: z.string() }),
    ),
  })
  .openapi('KeySet');

const keysRoute = createRoute({
  method: 'get',
  path: '/.well-known/jwks.json',
  operationId: 'showKeys',
  tags: ['auth'],
  responses: {
    200: { description: 'public keys of the tokens', content: { 'application/json': { schema: keysSchema } } },
  },
});

/** Accounts and tokens: the only function that holds the private key. */
export function createAuthApp(deps: AuthDeps): App {
  const { logger, version, readiness } = deps;
  const app = createApp({ name: 'auth', version, logger, readiness, maxBodyBytes: 65_536 });
  const gate = createWorkGate(hashing);
  const keys = { keys: [deps.key.publicJwk] } as z.infer<typeof keysSchema>;
  app.openapi(keysRoute, (c) => c.json(keys, 200, { 'cache-control': 'public, max-age=300' }));
  addTokenRoutes(app, deps, gate);
  addSessionRoutes(app, deps, gate);
  addUserRoutes(app, deps, gate);
  return app;
}
