import { z } from '@hono/zod-openapi';

/** One event of a stream, for documents: what OpenAPI 3.1 can say of a stream is the form of each of its events. */
export const eventSchema = z
  .object({
    event: z.string(),
    id: z.string().optional().openapi({ description: 'what `Last-Event-ID` goes on after' }),
    data: z.string().openapi({ description: 'one line of JSON', contentMediaType: 'application/json' } as object),
  })
  .openapi('ServerSentEvent', { description: 'each event of the stream' });
