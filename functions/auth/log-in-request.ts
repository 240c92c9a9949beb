import type { Context } from 'hono';
import type { AppEnv } from '#shared/http/app-env.ts';
import { rateLimitHeaders } from '#shared/http/rate-limit-headers.ts';
import { clientAddress } from './client-address.ts';
import { TooManyTries } from './log-in.ts';

/** Runs a login; one that met a limit says in headers how long to wait. */
export async function limited<T>(c: Context<AppEnv>, task: () => Promise<T>): Promise<T> {
  try {
    return await task();
  } catch (error) {
    if (error instanceof TooManyTries)
      for (const [name, value] of Object.entries(rateLimitHeaders(error.limit))) c.header(name, value);
    throw error;
  }
}

/** Who asks, for the limit of logins. */
export function addressOf(c: Context<AppEnv>, proxies: number): string {
  const bindings = c.env as { incoming?: { socket?: { remoteAddress?: string } } } | undefined;
  return clientAddress(bindings?.incoming?.socket?.remoteAddress, c.req.header('x-forwarded-for'), proxies);
}
