import { authenticate } from '#shared/http/authenticate.ts';
import { createApp, type App } from '#shared/http/create-app.ts';
import { sql } from 'kysely';
import type { JobsDeps } from './deps.ts';
import { addManage } from './manage.ts';
import { addProcesses } from './processes.ts';
import { addReconcile } from './reconcile.ts';
import { addSubmit } from './submit.ts';

/** Bodies hold an area of at most 10,000 vertices. */
const maxBodyBytes = 2 * 2 ** 20;

/** `jobs`: takes, lists, cancels and repeats jobs (OGC API - Processes). */
export function createJobsApp(deps: JobsDeps): App {
  const database = () => sql`SELECT 1`.execute(deps.db);
  const app = createApp({
    name: 'jobs',
    version: deps.version,
    logger: deps.logger,
    maxBodyBytes,
    readiness: { database },
  });
  addProcesses(app, deps);
  addReconcile(app, deps);
  app.use('/jobs/*', authenticate(deps.tokens));
  app.use('/jobs', authenticate(deps.tokens));
  app.use('/processes/crop-map/execution', authenticate(deps.tokens));
  addSubmit(app, deps);
  addManage(app, deps);
  return app;
}
