import { createHash } from 'node:crypto';
import { createRoute, z } from '@hono/zod-openapi';
import { submitJob } from '#shared/db/submit-job.ts';
import { canonicalJson } from '#shared/domain/canonical-json.ts';
import type { App } from '#shared/http/create-app.ts';
import { bearerSecurity } from '#shared/http/open-api.ts';
import { problemResponses } from '#shared/http/problem-responses.ts';
import { statusInfo } from '#shared/http/status-info.ts';
import { areaGeometry } from '#shared/mapping/area-geometry.ts';
import { jobsQueue } from '#shared/queue/work-messages.ts';
import type { JobsDeps } from './deps.ts';
import { readRequest } from './read-request.ts';
import { statusInfoSchema } from '#shared/http/status-info-schema.ts';
import { executeSchema } from './schemas.ts';

const route = createRoute({
  method: 'post',
  path: '/processes/crop-map/execution',
  operationId: 'submitJob',
  tags: ['jobs'],
  summary: 'Submit a job',
  description:
    'The same `Idempotency-Key` with the same body answers the job that it made; with another body it is refused.',
  security: bearerSecurity,
  request: {
    headers: z.object({ 'idempotency-key': z.string().min(1).max(200).optional() }),
    body: { required: true, content: { 'application/json': { schema: executeSchema } } },
  },
  responses: {
    201: { description: 'accepted', content: { 'application/json': { schema: statusInfoSchema } } },
    200: {
      description: 'accepted before under this key',
      content: { 'application/json': { schema: statusInfoSchema } },
    },
    ...problemResponses(
      'invalid-request',
      'unauthenticated',
      'forbidden',
      'quota-exceeded',
      'too-large',
      'invalid-aoi',
      'idempotency-mismatch',
    ),
  },
});

/** Takes jobs: checks, counts, keeps, and tells the queue. */
export function addSubmit(app: App, deps: JobsDeps): void {
  app.openapi(route, async (c) => {
    const { inputs } = c.req.valid('json');
    const request = await readRequest(inputs, deps);
    const key = c.req.valid('header')['idempotency-key'];
    const bodyHash = createHash('sha256')
      .update(canonicalJson({ source: inputs.source, request }))
      .digest();
    const submission = {
      owner: c.var.user.id,
      source: inputs.source,
      request,
      geometry: areaGeometry(request.aoi),
      idempotency: key ? { key, bodyHash } : null,
    };
    const { job, isNew } = await submitJob(deps.db, submission, deps.quotas);
    // If this message is lost, the reconciler sends it again.
    if (isNew)
      await deps.queue
        .send(jobsQueue, [{ step: 'plan', jobId: job.id }])
        .catch((error) => c.var.log.warn('Queue:SendFailed', { error }));
    c.var.log.info('Job:Accepted', { jobId: job.id, isNew });
    c.header('Location', `/status/${job.id}`);
    return c.json(statusInfo(job), isNew ? 201 : 200);
  });
}
