import { createRoute, z } from '@hono/zod-openapi';
import { deleteJob, dismissJob } from '#shared/db/end-job.ts';
import { ownJob } from '#shared/db/job-row.ts';
import { GeoCropError } from '#shared/domain/errors.ts';
import { openStates, type JobState } from '#shared/domain/job.ts';
import type { App } from '#shared/http/create-app.ts';
import { bearerSecurity } from '#shared/http/open-api.ts';
import { problemResponses } from '#shared/http/problem-responses.ts';
import { statusInfoSchema } from '#shared/http/status-info-schema.ts';
import { statusInfo } from '#shared/http/status-info.ts';
import type { JobsDeps } from './deps.ts';

const query = z.object({
  if: z.enum(['open', 'ended']).optional().openapi({
    description: 'only if the job is so: open to cancel and never delete, ended to delete and never cancel',
  }),
});

const route = createRoute({
  method: 'delete',
  path: '/jobs/{id}',
  operationId: 'dismissJob',
  summary: 'Cancel an open job, or delete one that has ended',
  tags: ['jobs'],
  security: bearerSecurity,
  request: { params: z.object({ id: z.uuid() }), query },
  responses: {
    200: { description: 'the job', content: { 'application/json': { schema: statusInfoSchema } } },
    ...problemResponses('invalid-request', 'unauthenticated', 'not-found', 'conflict'),
  },
});

const notSo = (state: JobState) =>
  new GeoCropError('conflict', `nothing was done: the job is ${state} by now`, { field: 'if' });

export function addDismiss(app: App, { db }: JobsDeps): void {
  app.openapi(route, async (c) => {
    const { user } = c.var;
    const wanted = c.req.valid('query').if;
    const job = await ownJob(db, c.req.valid('param').id, user);
    const isOpen = openStates.includes(job.state);
    if (wanted && isOpen !== (wanted === 'open')) throw notSo(job.state);
    const isDone = isOpen ? await dismissJob(db, job.id) : await deleteJob(db, job.id);
    if (isDone) c.var.log.info(isOpen ? 'Job:Dismissed' : 'Job:Deleted', { jobId: job.id });
    if (isDone && !isOpen) return c.json(statusInfo(job), 200);
    const now = await ownJob(db, job.id, user);
    // It may have ended, or begun anew, since it was looked at.
    if (!isDone && wanted) throw notSo(now.state);
    return c.json(statusInfo(now), 200);
  });
}
