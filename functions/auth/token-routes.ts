import { createRoute, z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { accessToken } from '#shared/domain/user-token.ts';
import { passwordLength, userNameSchema, type Principal } from '#shared/domain/user.ts';
import type { AppEnv } from '#shared/http/app-env.ts';
import type { App } from '#shared/http/create-app.ts';
import { problemResponses } from '#shared/http/problem-responses.ts';
import { rateLimitHeaders } from '#shared/http/rate-limit-headers.ts';
import { signAccessToken } from './access-token.ts';
import type { AuthDeps } from './app.ts';
import { clientAddress } from './client-address.ts';
import { logIn, TooManyTries } from './log-in.ts';
import { refreshTokenSeconds, revokeFamilyOf, rotate } from './refresh-tokens.ts';
import type { WorkGate } from './work-gate.ts';

const credentialsSchema = z
  .strictObject({ name: userNameSchema, password: z.string().min(1).max(passwordLength.max) })
  .openapi('Credentials');

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

async function limited<T>(c: Context<AppEnv>, task: () => Promise<T>): Promise<T> {
  try {
    return await task();
  } catch (error) {
    if (error instanceof TooManyTries)
      for (const [name, value] of Object.entries(rateLimitHeaders(error.limit))) c.header(name, value);
    throw error;
  }
}

function addressOf(c: Context<AppEnv>, proxies: number): string {
  const bindings = c.env as { incoming?: { socket?: { remoteAddress?: string } } } | undefined;
  return clientAddress(bindings?.incoming?.socket?.remoteAddress, c.req.header('x-forwarded-for'), proxies);
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
