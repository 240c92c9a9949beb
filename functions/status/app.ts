import { createRoute, z } from '@hono/zod-openapi';
import { sql } from 'kysely';
import { jobProgress, type JobProgress } from '#shared/db/job-progress.ts';
import { readableJob } from '#shared/db/job-row.ts';
import type { Job } from '#shared/domain/job.ts';
import { createApp, type App } from '#shared/http/create-app.ts';
import { eventSchema } from '#shared/http/event-schema.ts';
import { viewerSecurity } from '#shared/http/open-api.ts';
import { problemResponses } from '#shared/http/problem-responses.ts';
import { eventStream, lastEventId } from '#shared/http/server-sent-events.ts';
import { statusInfo } from '#shared/http/status-info.ts';
import { statusInfoSchema } from '#shared/http/status-info-schema.ts';
import { tokenEnd } from '#shared/http/token-end.ts';
import { authenticateViewer, shareQuery } from '#shared/http/viewer.ts';
import type { StatusDeps } from './deps.ts';
import { describeEvents } from './event-schemas.ts';
import { jobEvents } from './job-events.ts';
import { watchJobs } from './job-watch.ts';
import { addResults } from './results.ts';

const params = z.object({ id: z.uuid() });
const problems = problemResponses('invalid-request', 'unauthenticated', 'not-found');

const show = createRoute({
  method: 'get',
  path: '/status/{id}',
  operationId: 'showStatus',
  summary: 'State and progress of a job',
  tags: ['status'],
  security: viewerSecurity,
  request: { params, query: shareQuery },
  responses: {
    200: { description: 'the job', content: { 'application/json': { schema: statusInfoSchema } } },
    ...problems,
  },
});

const events = createRoute({
  method: 'get',
  path: '/status/{id}/events',
  operationId: 'streamEvents',
  summary: 'What happens to a job, as server-sent events',
  description:
    'Events with an id are kept: `Last-Event-ID` goes on after one. `progress` events have none. The schemas PlannedEvent, PartEvent, ReplannedEvent, FailedEvent and ProgressEvent say what their data holds.',
  tags: ['status'],
  security: viewerSecurity,
  request: {
    params,
    query: shareQuery,
    headers: z.object({ 'last-event-id': z.string().max(40).optional() }),
  },
  responses: {
    200: { description: 'a stream', content: { 'text/event-stream': { schema: eventSchema } } },
    ...problems,
  },
});

/** Percent of a job: its scene reads, and a little for planning and stitching. */
function percent({ state, phase }: Job, { sceneReads, scenesRead }: JobProgress): number {
  if (state === 'successful') return 100;
  if (state === 'accepted' || phase === null || phase === 'planning') return 0;
  return Math.min(99, 2 + Math.floor((95 * scenesRead) / Math.max(1, sceneReads)));
}

/** `status`: state, progress, events and results of jobs. */
export function createStatusApp(deps: StatusDeps): App {
  const database = () => sql`SELECT 1`.execute(deps.db);
  const app = createApp({ name: 'status', version: deps.version, logger: deps.logger, readiness: { database } });
  const watch = watchJobs(deps.db, deps.pollMs);
  app.use('/status/*', authenticateViewer(deps.tokens));
  app.openapi(show, async (c) => {
    const job = await readableJob(deps.db, c.req.valid('param').id, c.var.viewer);
    return c.json(statusInfo(job, { progress: percent(job, await jobProgress(deps.db, job.id)) }), 200);
  });
  app.openapi(events, async (c) => {
    const job = await readableJob(deps.db, c.req.valid('param').id, c.var.viewer);
    const after = Number(lastEventId(c.req.valid('header')['last-event-id']) ?? 0);
    return eventStream((signal) => jobEvents(job.id, after, deps, watch, signal), {
      request: c.req.raw.signal,
      shutdown: deps.shutdown,
      until: tokenEnd(c.req.header('authorization')),
      onError: (error) => c.var.log.error('Events:Failed', { jobId: job.id, error }),
    }) as never;
  });
  describeEvents(app);
  addResults(app, deps);
  return app;
}
