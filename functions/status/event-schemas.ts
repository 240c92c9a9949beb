import { z } from '@hono/zod-openapi';
import type { App } from '#shared/http/create-app.ts';

const at = z.iso.datetime();
const bbox = z.array(z.number()).length(4).openapi({ description: 'west, south, east, north, degrees' });
const count = z.number().int();

/** The data of the events of a job by their type; types that are not here carry `at` alone. */
const schemas = {
  PlannedEvent: z.object({
    scenes: count,
    chunks: count,
    clearest: z
      .object({ id: z.string(), datetime: z.string(), cloudCover: z.number().nullable() })
      .nullable()
      .optional(),
    bbox: bbox.optional(),
    at,
  }),
  PartEvent: z.object({ key: z.string(), bbox, at }),
  ReplannedEvent: z.object({ id: z.string().openapi({ description: 'the broken scene' }), reason: z.string(), at }),
  FailedEvent: z.object({ code: z.string(), message: z.string(), field: z.string().optional(), at }),
  ProgressEvent: z.object({
    phase: z.string().nullable(),
    parts: count,
    partsDone: count,
    sceneReads: count,
    scenesRead: count,
  }),
};

/** Puts the forms of the events into the API's document; a stream's own schema cannot say them. */
export function describeEvents(app: App): void {
  for (const [name, schema] of Object.entries(schemas)) app.openAPIRegistry.register(name, schema.openapi(name));
}
