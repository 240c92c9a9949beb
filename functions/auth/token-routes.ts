import { createRoute, z } from '@hono/zod-openapi';
import { accessToken } from '#shared/domain/user-token.ts';
import type { Principal } from '#shared/domain/user.ts';
import type { App } from '#shared/http/create-app.ts';
import { problemResponses } from '#shared/http/problem-responses.ts';
import { signAccessToken } from './access-token.ts';
import type { AuthDeps } from './app.ts';
import { addressOf, limited } from './log-in-request.ts';
import { logIn } from './log-in.ts';
import { refreshTokenSeconds, revokeFamilyOf, rotate } from './refresh-tokens.ts';
import { credentialsSchema } from './schemas.ts';
import type { WorkGate } from './work-gate.ts';

const refreshSchema = z.strictObject({ refresh_token: z.string().min(1).max(200) }).openapi('RefreshRequest');

const tokensSchema = z
  .object({
    access_token: z.string(),
    token_type: z.literal('Bearer'),
    expires_in: z.number().int().openapi({ description: 'seconds' }),
    refresh_token: z.string().openapi({ description: 'good for one refresh; the answer brings the next' }),
    refresh_expires_in: z.number().int().openapi({ description: 'seconds' }),
  })
  .openapi('Tokens');

const jsonBody = <T extends z.ZodType>(schema: T) => ({ required: true, content: { 'application/json': { schema } } });
const tokensAnswer = { description: 'tokens', content: { 'application/json': { schema: tokensSchema } } };

const loginRoute = createRoute({
  method: 'post',
  path: '/auth/login',
  operationId: 'logIn',
  tags: ['auth'],
  request: { body: jsonBody(credentialsSchema) },
  responses: {
    200: tokensAnswer,
    ...problemResponses('invalid-request', 'unauthenticated', 'rate-limited', 'unavailable'),
  },
});

const refreshRoute = createRoute({
  method: 'post',
  path: '/auth/refresh',
  operationId: 'refreshTokens',
  tags: ['auth'],
  request: { body: jsonBody(refreshSchema) },
  responses: { 200: tokensAnswer, ...problemResponses('invalid-request', 'unauthenticated') },
});

const logoutRoute = createRoute({
  method: 'post',
  path: '/auth/logout',
  operationId: 'logOut',
  tags: ['auth'],
  request: { body: jsonBody(refreshSchema) },
  responses: { 204: { description: 'this login is over' }, ...problemResponses('invalid-request') },
});

/** Log in, refresh, log out. */
export function addTokenRoutes(app: App, deps: AuthDeps, gate: WorkGate): void {
  app.openapi(loginRoute, async (c) => {
    const credentials = { ...c.req.valid('json'), address: addressOf(c, deps.proxies) };
    const { user, refreshToken } = await limited(c, () => gate(() => logIn(deps.db, credentials)));
    c.var.log.info('User:LogIn', { user: user.id });
    return c.json(await tokensOf(deps, user, refreshToken), 200);
  });
  app.openapi(refreshRoute, async (c) => {
    const { user, refreshToken } = await rotate(deps.db, c.req.valid('json').refresh_token);
    return c.json(await tokensOf(deps, user, refreshToken), 200);
  });
  app.openapi(logoutRoute, async (c) => {
    await revokeFamilyOf(deps.db, c.req.valid('json').refresh_token);
    return c.body(null, 204);
  });
}

async function tokensOf(deps: AuthDeps, user: Principal, refreshToken: string): Promise<z.infer<typeof tokensSchema>> {
  return {
    access_token: await signAccessToken(user, deps.key, deps.issuer),
    token_type: 'Bearer',
    expires_in: accessToken.lifetimeSeconds,
    refresh_token: refreshToken,
    refresh_expires_in: refreshTokenSeconds,
  };
}
