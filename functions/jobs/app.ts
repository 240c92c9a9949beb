import { authenticate } from '#shared/http/authenticate.ts';
import { createApp, type App } from '#shared/http/create-app.ts';
import { sql } from 'kysely';
import type { JobsDeps } from './deps.ts';
import { addDismiss } from './dismiss-route.ts';
import { addManage } from './manage.ts';
import { addProcesses } from './processes.ts';
import { addPoint } from './point-route.ts';
import { addQuota } from './quota-route.ts';
import { addQuote } from './quote-route.ts';
import { addShares } from './share-routes.ts';
import { addReconcile } from './reconcile.ts';
import { addRetention } from './retention.ts';
import { addSubmit } from './submit.ts';

/** Bodies hold an area of at most 10,000 vertices. */
const maxBodyBytes = 2 * 2 ** 20;

/** `jobs`: quotes, takes, lists, shares, cancels and repeats jobs, and shows their pixels (OGC API - Processes). */
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
  addRetention(app, deps);
  // Before the check of tokens below, for they have their own.
  addPoint(app, deps);
  app.use('/jobs/*', authenticate(deps.tokens));
  app.use('/jobs', authenticate(deps.tokens));
  app.use('/processes/crop-map/execution', authenticate(deps.tokens));
  app.use('/processes/crop-map/quote', authenticate(deps.tokens));
  addSubmit(app, deps);
  addQuote(app, deps);
  addQuota(app, deps);
  addShares(app, deps);
  addManage(app, deps);
  addDismiss(app, deps);
  return app;
}
