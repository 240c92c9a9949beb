import type { Context, MiddlewareHandler } from 'hono';
import { errors } from 'jose';
import { GeoCropError } from '#shared/domain/errors.ts';
import type { Principal, Role } from '#shared/domain/user.ts';
import type { AppEnv } from './app-env.ts';
import { verifyAccessToken, type TokenPolicy } from './verify-token.ts';

/** Lets a request pass whose bearer token is valid, and sets `user`; else 401 with a challenge (RFC 6750). */
export function authenticate(policy: TokenPolicy): MiddlewareHandler<AppEnv> {
  return async (c, next) => {
    c.set('user', await userOf(c, policy));
    await next();
  };
}

/** Behind `authenticate`: lets only these roles pass. */
export function requireRole(...roles: Role[]): MiddlewareHandler<AppEnv> {
  return async (c, next) => {
    if (!roles.includes(c.var.user.role))
      throw new GeoCropError('forbidden', `this needs the role ${roles.join(' or ')}; you are ${c.var.user.role}`);
    await next();
  };
}

/** Who holds the token of a request; else 401 with a challenge. */
export async function userOf(c: Context<AppEnv>, policy: TokenPolicy): Promise<Principal> {
  const header = c.req.header('authorization');
  if (header === undefined) throw challenge(c, 'send an access token: Authorization: Bearer <token>');
  const token = /^bearer ([\w.-]+)$/i.exec(header)?.[1];
  if (token === undefined) throw challenge(c, 'the Authorization header must read: Bearer <token>');
  try {
    return await verifyAccessToken(token, policy);
  } catch (error) {
    if (error instanceof GeoCropError) throw error;
    throw challenge(c, reasonFor(error), 'invalid_token', error);
  }
}

/** Only that a token is too old is told: a client can mend that. Why a forged one failed goes nowhere. */
const reasonFor = (error: unknown): string =>
  error instanceof errors.JWTExpired
    ? 'the access token has expired; refresh it or log in again'
    : 'the access token is not valid; log in again';

function challenge(c: Context<AppEnv>, message: string, code?: string, cause?: unknown): GeoCropError {
  const error = code === undefined ? '' : `, error="${code}", error_description="${message}"`;
  c.header('WWW-Authenticate', `Bearer realm="geocrop"${error}`);
  return new GeoCropError('unauthenticated', message, { field: 'Authorization', cause });
}
