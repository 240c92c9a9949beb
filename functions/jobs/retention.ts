import { dueNow } from '#shared/db/lost-work.ts';
import type { App } from '#shared/http/create-app.ts';
import type { JobsDeps } from './deps.ts';
import { defaultRetentionTimes, retain } from './retain.ts';

const everySeconds = 240;

/**
 * Removes what nobody needs any more. A timer calls it; it needs no token, for it does what the settings say anyway, and
 * at most every four minutes whoever calls.
 */
export function addRetention(app: App, deps: JobsDeps): void {
  app.post('/jobs/-/retention', async (c) => {
    if (!(await dueNow(deps.db, 'retention', everySeconds))) return c.json({ due: false });
    const done = await retain({ ...deps, logger: c.var.log }, deps.retentionTimes ?? defaultRetentionTimes);
    if (done === 'held') return c.json({ due: true, held: true });
    if (Object.values(done).some((count) => count > 0)) c.var.log.info('Retention:Removed', { ...done });
    return c.json({ due: true, ...done });
  });
}
