import { GeoCropError } from '#shared/domain/errors.ts';
import type { Logger } from './logger.ts';
import type { App } from './create-app.ts';

/** By name, what must work before requests are taken; a check that throws or takes too long says not ready. */
export type ReadinessChecks = Record<string, (signal: AbortSignal) => Promise<unknown>>;

export const livenessPath = '/health/liveness';
export const readinessPath = '/health/readiness';

const checkMs = 2000;

/** Liveness says that the process answers; readiness that what it needs does, too. */
export function addHealth(app: App, checks: ReadinessChecks): void {
  app.get(livenessPath, (c) => c.json({ status: 'alive' }));
  app.get(readinessPath, async (c) => {
    const failed = await failedChecks(checks, c.var.log);
    if (failed.length > 0) throw new GeoCropError('unavailable', `not ready: ${failed.join(', ')}`);
    return c.json({ status: 'ready' });
  });
}

async function failedChecks(checks: ReadinessChecks, log: Logger): Promise<string[]> {
  const names = await Promise.all(
    Object.entries(checks).map(async ([name, check]) => {
      try {
        await withinTime(check);
        return null;
      } catch (error) {
        log.warn('Readiness:Fail', { check: name, error });
        return name;
      }
    }),
  );
  return names.filter((name) => name !== null);
}

async function withinTime(check: (signal: AbortSignal) => Promise<unknown>): Promise<void> {
  const signal = AbortSignal.timeout(checkMs);
  const timeUp = new Promise<never>((_resolve, reject) =>
    signal.addEventListener('abort', () => reject(new Error(`no answer within ${checkMs} ms`)), { once: true }),
  );
  await Promise.race([check(signal), timeUp]);
}
