import { createRoute, z } from '@hono/zod-openapi';
import { retryJob } from '#shared/db/end-job.ts';
import { ownJob } from '#shared/db/job-row.ts';
import { jobStates } from '#shared/domain/job.ts';
import { listJobs, userNames } from '#shared/db/list-jobs.ts';
import { quotaUse } from '#shared/db/quota.ts';
import type { App } from '#shared/http/create-app.ts';
import { bearerSecurity } from '#shared/http/open-api.ts';
import { problemResponses } from '#shared/http/problem-responses.ts';
import { statusInfo } from '#shared/http/status-info.ts';
import { jobsQueue } from '#shared/queue/work-messages.ts';
import type { JobsDeps } from './deps.ts';
import { linkSchema, statusInfoSchema } from '#shared/http/status-info-schema.ts';

const params = z.object({ id: z.uuid() });
const info = { description: 'the job', content: { 'application/json': { schema: statusInfoSchema } } };
const problems = problemResponses('invalid-request', 'unauthenticated', 'not-found');

const quotaSchema = z
  .object({ used: z.number().int(), limit: z.number().int().nullable(), counts: z.string() })
  .openapi('Quota');

const list = createRoute({
  method: 'get',
  path: '/jobs',
  operationId: 'listJobs',
  summary: 'Jobs, new ones first: your own, an admin sees all',
  tags: ['jobs'],
  security: bearerSecurity,
  request: {
    query: z.object({
      limit: z.coerce.number().int().min(1).max(100).default(20),
      status: z.enum(jobStates).optional(),
      after: z.uuid().optional().openapi({ description: 'the last job of the page before' }),
    }),
  },
  responses: {
    200: {
      description: 'a page',
      content: {
        'application/json': {
          schema: z
            .object({ jobs: z.array(statusInfoSchema), quota: quotaSchema, links: z.array(linkSchema) })
            .openapi('JobPage'),
        },
      },
    },
    ...problems,
  },
});
const show = createRoute({
  method: 'get',
  path: '/jobs/{id}',
  operationId: 'showJob',
  summary: 'One job',
  tags: ['jobs'],
  security: bearerSecurity,
  request: { params },
  responses: { 200: info, ...problems },
});
const retry = createRoute({
  method: 'post',
  path: '/jobs/{id}/retry',
  operationId: 'retryJob',
  summary: 'Run a failed or cancelled job once more; what is finished is used again',
  tags: ['jobs'],
  security: bearerSecurity,
  request: { params },
  responses: { 200: info, ...problems, ...problemResponses('conflict', 'quota-exceeded') },
});

/** Lists, shows and repeats jobs. */
export function addManage(app: App, deps: JobsDeps): void {
  const { db, queue, quotas } = deps;
  app.openapi(list, async (c) => {
    const { user } = c.var;
    const { limit, status, after } = c.req.valid('query');
    const seesAll = user.role === 'admin';
    const { jobs, next } = await listJobs(db, {
      owner: seesAll ? null : user.id,
      state: status,
      limit,
      after,
    });
    const more = new URLSearchParams({
      limit: String(limit),
      ...(status ? { status } : {}),
      ...(next ? { after: next } : {}),
    });
    const links = next ? [{ rel: 'next', href: `/jobs?${more}`, type: 'application/json' }] : [];
    const names = await userNames(db, seesAll ? jobs.map(({ owner }) => owner) : []);
    const quota = await quotaUse(db, user.id, user.role, quotas);
    return c.json({ jobs: jobs.map((job) => statusInfo(job, { owner: names.get(job.owner) })), quota, links }, 200);
  });
  app.openapi(show, async (c) => c.json(statusInfo(await ownJob(db, c.req.valid('param').id, c.var.user)), 200));
  app.openapi(retry, async (c) => {
    const job = await ownJob(db, c.req.valid('param').id, c.var.user);
    await retryJob(db, job.id, job.owner, quotas);
    await queue
      .send(jobsQueue, [{ step: 'plan', jobId: job.id }])
      .catch((error) => c.var.log.warn('Queue:SendFailed', { error }));
    return c.json(statusInfo(await ownJob(db, job.id, c.var.user)), 200);
  });
}
