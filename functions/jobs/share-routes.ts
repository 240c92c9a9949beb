import { createRoute, z } from '@hono/zod-openapi';
import { ownJob } from '#shared/db/job-row.ts';
import { createShare, listShares, revokeShare } from '#shared/db/shares.ts';
import { GeoCropError } from '#shared/domain/errors.ts';
import type { App } from '#shared/http/create-app.ts';
import { bearerSecurity } from '#shared/http/open-api.ts';
import { problemResponses } from '#shared/http/problem-responses.ts';
import type { JobsDeps } from './deps.ts';

const params = z.object({ id: z.uuid() });
const problems = problemResponses('invalid-request', 'unauthenticated', 'not-found');
const common = { tags: ['jobs'], security: bearerSecurity };

const newShareSchema = z.strictObject({ days: z.number().int().min(1).max(365).default(30) }).openapi('NewShare');

const createdSchema = z
  .object({
    id: z.string(),
    key: z.string().openapi({ description: 'told once' }),
    url: z.string().openapi({ description: 'of the map in the application' }),
    expires: z.iso.datetime(),
  })
  .openapi('CreatedShare');

const shareSchema = z.object({ id: z.string(), created: z.iso.datetime(), expires: z.iso.datetime() }).openapi('Share');

const create = createRoute({
  ...common,
  method: 'post',
  path: '/jobs/{id}/shares',
  operationId: 'createShare',
  summary: 'A key with which anybody can look at this job, and at nothing else',
  request: { params, body: { required: false, content: { 'application/json': { schema: newShareSchema } } } },
  responses: {
    201: { description: 'the share', content: { 'application/json': { schema: createdSchema } } },
    ...problems,
    ...problemResponses('conflict'),
  },
});
const list = createRoute({
  ...common,
  method: 'get',
  path: '/jobs/{id}/shares',
  operationId: 'listShares',
  summary: 'The shares of a job that still open it',
  request: { params },
  responses: {
    200: {
      description: 'without their keys',
      content: { 'application/json': { schema: z.object({ shares: z.array(shareSchema) }).openapi('Shares') } },
    },
    ...problems,
  },
});
const revoke = createRoute({
  ...common,
  method: 'delete',
  path: '/jobs/{id}/shares/{shareId}',
  operationId: 'revokeShare',
  summary: 'End a share',
  request: { params: params.extend({ shareId: z.string().regex(/^[0-9a-f]{8}$/, 'eight hex digits') }) },
  responses: { 204: { description: 'it opens nothing any more' }, ...problems },
});

/** Shares of a job, for its owner and for admins. */
export function addShares(app: App, { db }: JobsDeps): void {
  app.openapi(create, async (c) => {
    const job = await ownJob(db, c.req.valid('param').id, c.var.user);
    const { days } = newShareSchema.parse(c.req.valid('json') ?? {});
    const { id, key, expires } = await createShare(db, { jobId: job.id, createdBy: c.var.user.id, days });
    c.var.log.info('Share:Create', { jobId: job.id, share: id, days });
    return c.json({ id, key, url: `/app/jobs/${job.id}?share=${key}`, expires: expires.toISOString() }, 201);
  });
  app.openapi(list, async (c) => {
    const job = await ownJob(db, c.req.valid('param').id, c.var.user);
    const shares = await listShares(db, job.id);
    const told = shares.map(({ id, created, expires }) => ({
      id,
      created: created.toISOString(),
      expires: expires.toISOString(),
    }));
    return c.json({ shares: told }, 200);
  });
  app.openapi(revoke, async (c) => {
    const { id, shareId } = c.req.valid('param');
    const job = await ownJob(db, id, c.var.user);
    if (!(await revokeShare(db, job.id, shareId)))
      throw new GeoCropError('not-found', `the job has no share ${shareId}`, { field: 'shareId' });
    c.var.log.info('Share:Revoke', { jobId: job.id, share: shareId });
    return c.body(null, 204);
  });
}
