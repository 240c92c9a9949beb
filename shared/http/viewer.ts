import type { MiddlewareHandler } from 'hono';
import { z } from '@hono/zod-openapi';
import type { Principal } from '#shared/domain/user.ts';
import type { AppEnv } from './app-env.ts';
import { userOf } from './authenticate.ts';
import type { TokenPolicy } from './verify-token.ts';

/** Who looks at a job: somebody with a token, the holder of a share's key, or both in one. */
export interface Viewer {
  user?: Principal | undefined;
  share?: string | undefined;
}

/** A longer text is no key: nobody has to look it up. */
const maxShareLength = 100;

/** The query of a route that takes a share in place of a token. */
export const shareQuery = z.object({
  share: z.string().max(maxShareLength).optional().openapi({ description: 'key of a share, in place of a token' }),
});

/**
 * Lets a request pass that carries a valid bearer token or the key of a share, and sets `viewer`; else 401. Whether the
 * share is good, and for which job, is for `readableJob` to say.
 */
export function authenticateViewer(policy: TokenPolicy): MiddlewareHandler<AppEnv> {
  return async (c, next) => {
    const share = c.req.query('share')?.slice(0, maxShareLength) || undefined;
    const needsToken = share === undefined || c.req.header('authorization') !== undefined;
    const user = needsToken ? await userOf(c, policy) : undefined;
    if (user) c.set('user', user);
    c.set('viewer', { user, share });
    await next();
  };
}
