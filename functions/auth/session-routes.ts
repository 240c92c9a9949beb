import { createRoute, z } from '@hono/zod-openapi';
import type { Context, MiddlewareHandler } from 'hono';
import { deleteCookie, getCookie, setCookie } from 'hono/cookie';
import { GeoCropError } from '#shared/domain/errors.ts';
import { accessToken } from '#shared/domain/user-token.ts';
import { roleSchema, type Principal } from '#shared/domain/user.ts';
import type { AppEnv } from '#shared/http/app-env.ts';
import type { App } from '#shared/http/create-app.ts';
import { problemResponses } from '#shared/http/problem-responses.ts';
import { signAccessToken } from './access-token.ts';
import type { AuthDeps } from './app.ts';
import { addressOf, limited } from './log-in-request.ts';
import { logIn } from './log-in.ts';
import { refreshTokenSeconds, revokeFamilyOf, rotate } from './refresh-tokens.ts';
import { assertOwnPage, ownPageHeader } from './own-page.ts';
import { credentialsSchema } from './schemas.ts';
import type { WorkGate } from './work-gate.ts';

const path = '/auth/session';

const sessionSchema = z
  .object({
    access_token: z.string(),
    token_type: z.literal('Bearer'),
    expires_in: z.number().int().openapi({ description: 'seconds' }),
    user: z.object({ id: z.uuid(), name: z.string(), role: roleSchema }),
  })
  .openapi('Session');

const headers = z.object({
  [ownPageHeader]: z
    .string()
    .optional()
    .openapi({ description: 'must be 1: no other page can send it', example: '1', param: { required: true } }),
});
const answer = {
  description: 'who is logged in; the refresh token comes as a cookie that no script can read',
  headers: z.object({ 'set-cookie': z.string() }),
  content: { 'application/json': { schema: sessionSchema } },
};
const ended = { description: 'this login is over', headers: z.object({ 'set-cookie': z.string() }) };

const beginRoute = createRoute({
  method: 'post',
  path,
  operationId: 'beginSession',
  summary: 'Log in from a browser',
  tags: ['auth'],
  request: { headers, body: { required: true, content: { 'application/json': { schema: credentialsSchema } } } },
  responses: {
    200: answer,
    ...problemResponses('invalid-request', 'unauthenticated', 'forbidden', 'rate-limited', 'unavailable'),
  },
});

const refreshRoute = createRoute({
  method: 'post',
  path: `${path}/refresh`,
  operationId: 'refreshSession',
  summary: 'The next access token, by the cookie',
  description:
    'Where the answer was lost the same cookie may be sent again. Tabs of one browser must not do so at once: they share the cookie, and the last answer counts.',
  tags: ['auth'],
  request: { headers },
  responses: { 200: answer, ...problemResponses('unauthenticated', 'forbidden') },
});

const endRoute = createRoute({
  method: 'delete',
  path,
  operationId: 'endSession',
  summary: 'Log out',
  tags: ['auth'],
  request: { headers },
  responses: { 204: ended, ...problemResponses('forbidden') },
});

/** Logins of browsers: the refresh token lies in a cookie that scripts cannot read and that only these routes get. */
export function addSessionRoutes(app: App, deps: AuthDeps, gate: WorkGate): void {
  const cookie = sessionCookie(deps.publicUrl);
  const own: MiddlewareHandler<AppEnv> = async (c, next) => {
    assertOwnPage(c.req.raw.headers, deps.publicUrl);
    await next();
  };
  app.use(path, own);
  app.use(`${path}/*`, own);
  app.openapi(beginRoute, async (c) => {
    const credentials = { ...c.req.valid('json'), address: addressOf(c, deps.proxies) };
    const { user, refreshToken } = await limited(c, () => gate(() => logIn(deps.db, credentials)));
    c.var.log.info('User:LogIn', { user: user.id });
    cookie.set(c, refreshToken);
    return c.json(await sessionOf(deps, user), 200);
  });
  app.openapi(refreshRoute, async (c) => {
    const { user, refreshToken } = await rotateCookie(c, deps, cookie);
    cookie.set(c, refreshToken);
    return c.json(await sessionOf(deps, user), 200);
  });
  app.openapi(endRoute, async (c) => {
    const token = cookie.get(c);
    if (token) await revokeFamilyOf(deps.db, token);
    cookie.clear(c);
    return c.body(null, 204);
  });
}

/** Trades the cookie's token; a cookie that is good for nothing is taken away. */
async function rotateCookie(c: Context<AppEnv>, { db }: AuthDeps, cookie: SessionCookie) {
  const token = cookie.get(c);
  try {
    if (!token) throw new GeoCropError('unauthenticated', 'nobody is logged in here; log in', { field: 'cookie' });
    return await rotate(db, token);
  } catch (error) {
    if (error instanceof GeoCropError && error.code === 'unauthenticated') cookie.clear(c);
    throw error;
  }
}

const sessionOf = async (deps: AuthDeps, user: Principal): Promise<z.infer<typeof sessionSchema>> => ({
  access_token: await signAccessToken(user, deps.key, deps.issuer),
  token_type: 'Bearer',
  expires_in: accessToken.lifetimeSeconds,
  user: { id: user.id, name: user.name, role: user.role },
});

type SessionCookie = ReturnType<typeof sessionCookie>;

/** Over https the name's prefix makes browsers refuse the cookie from anywhere that is not. */
function sessionCookie(publicUrl: string | undefined) {
  const secure = publicUrl?.startsWith('https://') ?? false;
  const name = secure ? '__Secure-geocrop_refresh' : 'geocrop_refresh';
  const attributes = { path, secure, httpOnly: true, sameSite: 'Strict' as const };
  return {
    get: (c: Context) => getCookie(c, name)?.slice(0, 200),
    set: (c: Context, token: string) => setCookie(c, name, token, { ...attributes, maxAge: refreshTokenSeconds }),
    clear: (c: Context) => void deleteCookie(c, name, attributes),
  };
}
