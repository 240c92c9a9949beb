import { createRoute, z } from '@hono/zod-openapi';
import { quotaUse } from '#shared/db/quota.ts';
import type { App } from '#shared/http/create-app.ts';
import { bearerSecurity } from '#shared/http/open-api.ts';
import { problemResponses } from '#shared/http/problem-responses.ts';
import type { JobsDeps } from './deps.ts';

const schema = z
  .object({
    limit: z.number().int().nullable().openapi({ description: 'null: none' }),
    used: z.number().int(),
    kind: z.enum(['ever', 'open', 'none']).openapi({ description: 'what counts: submissions for ever, or open jobs' }),
  })
  .openapi('QuotaUse');

const route = createRoute({
  method: 'get',
  path: '/jobs/quota',
  operationId: 'showQuota',
  summary: 'How much you may ask for, and have',
  tags: ['jobs'],
  security: bearerSecurity,
  responses: {
    200: { description: 'of the user', content: { 'application/json': { schema } } },
    ...problemResponses('unauthenticated'),
  },
});

export function addQuota(app: App, { db, quotas }: JobsDeps): void {
  app.openapi(route, async (c) => {
    const { used, limit, counts } = await quotaUse(db, c.var.user.id, c.var.user.role, quotas);
    const kind = counts === 'submissions' ? 'ever' : 'open';
    return c.json({ limit, used, kind: limit === null ? ('none' as const) : kind } as const, 200);
  });
}
