import { z } from 'zod';
import { refused } from './refused.ts';
import { objectName } from './service-schema.ts';

/** A PingSource: an event at every point of a schedule, sent to a function. */
export const pingSourceSchema = z.object({
  metadata: z.object({ name: objectName, namespace: z.string().default('default') }),
  spec: z.object({
    schedule: z.string().max(200),
    timezone: z.enum(['UTC', 'Etc/UTC'], { error: 'must be UTC: local schedules run in UTC' }).optional(),
    contentType: z.string().default('application/json'),
    data: z.string().max(65_536).default(''),
    dataBase64: refused('cannot be honoured: use data'),
    ceOverrides: refused('cannot be honoured: the function knows its schedule by ce-source'),
    sink: z.object({
      ref: z.object({
        apiVersion: z.string().startsWith('serving.knative.dev/', { error: 'must be a Knative Service' }),
        kind: z.literal('Service', { error: 'must be a Knative Service' }),
        name: objectName,
      }),
      uri: z.string().startsWith('/', { error: 'must be a path of the function' }).default('/'),
    }),
  }),
});

export type PingSourceManifest = z.infer<typeof pingSourceSchema>;
