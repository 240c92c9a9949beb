import { createRoute, z } from '@hono/zod-openapi';
import type { App } from '#shared/http/create-app.ts';
import { bearerSecurity } from '#shared/http/open-api.ts';
import { problemResponses } from '#shared/http/problem-responses.ts';
import type { JobsDeps } from './deps.ts';
import { quoteOf } from './quote-of.ts';
import { quoteSchema } from './quote-schema.ts';
import { readRequest } from './read-request.ts';
import { inputsSchema } from './schemas.ts';
import { workSlots } from './work-slots.ts';

const route = createRoute({
  method: 'post',
  path: '/processes/crop-map/quote',
  operationId: 'quoteJob',
  summary: 'What a job would cost; makes none and counts on no quota',
  tags: ['jobs'],
  security: bearerSecurity,
  request: {
    body: {
      required: true,
      content: { 'application/json': { schema: z.object({ inputs: inputsSchema }).openapi('QuoteRequest') } },
    },
  },
  responses: {
    200: { description: 'the quote', content: { 'application/json': { schema: quoteSchema } } },
    ...problemResponses(
      'invalid-request',
      'unauthenticated',
      'too-large',
      'invalid-aoi',
      'broken-scene',
      'unavailable',
    ),
  },
});

const limits = { atOnce: 2, retrySeconds: 5, seconds: 20 };

/** Quotes: planned as the job would be, a few scenes sampled, nothing kept. */
export function addQuote(app: App, deps: JobsDeps): void {
  const slots = workSlots({ ...limits, what: 'quote' });
  app.openapi(route, async (c) => {
    const { inputs } = c.req.valid('json');
    const quote = await slots(c, async (signal) =>
      quoteOf(await readRequest(inputs, deps), inputs.source, c.var.user, deps, signal),
    );
    return c.json(quote, 200);
  });
}
