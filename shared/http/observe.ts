import type { MiddlewareHandler } from 'hono';
import type { AppEnv } from './app-env.ts';
import type { Logger } from './logger.ts';

const requestIdPattern = /^[\w.-]{1,64}$/;

/** Takes or makes the request's id, answers it, and logs one line a request: the path, never its query. */
export function observe(logger: Logger): MiddlewareHandler<AppEnv> {
  return async (c, next) => {
    const start = performance.now();
    const given = c.req.header('x-request-id');
    const requestId = given !== undefined && requestIdPattern.test(given) ? given : crypto.randomUUID();
    const log = logger.child({ requestId });
    c.set('requestId', requestId);
    c.set('log', log);
    c.header('x-request-id', requestId);
    await next();
    if (!c.res.headers.has('cache-control')) c.res.headers.set('cache-control', 'no-store');
    const write = c.req.path.startsWith('/health/') ? log.debug : log.info;
    write('Request:Done', {
      method: c.req.method,
      path: c.req.path.slice(0, 300),
      status: c.res.status,
      ms: Math.round(performance.now() - start),
      user: c.var.user?.id,
    });
  };
}
