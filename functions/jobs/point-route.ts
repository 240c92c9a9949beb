import { createRoute, z } from '@hono/zod-openapi';
import { readableJob } from '#shared/db/job-row.ts';
import type { App } from '#shared/http/create-app.ts';
import { viewerSecurity } from '#shared/http/open-api.ts';
import { eventSchema } from '#shared/http/event-schema.ts';
import { problemResponses } from '#shared/http/problem-responses.ts';
import { boundedReads } from '#shared/mapping/bounded-reads.ts';
import { authenticateViewer, shareQuery } from '#shared/http/viewer.ts';
import type { JobsDeps } from './deps.ts';
import { pixelOfJob } from './pixel-of-job.ts';
import { pixelSceneSchema, pixelSchema } from './pixel-schema.ts';
import { pixelStream, type OnScene } from './pixel-stream.ts';
import { workSlots } from './work-slots.ts';

/** Text that is no number is refused; an empty one would be 0. */
const degrees = (limit: number) =>
  z
    .string()
    .min(1)
    .transform(Number)
    .pipe(z.number().min(-limit).max(limit))
    .openapi({ type: 'number', minimum: -limit, maximum: limit });

const route = createRoute({
  method: 'get',
  path: '/jobs/{id}/point',
  operationId: 'showPixel',
  summary: 'One pixel of a map: its season, its features, and how each model votes',
  description:
    'With `Accept: text/event-stream` an event `scene` (PixelScene) for each scene as it is read, and a last event `pixel` (Pixel), or `problem` (Problem).',
  tags: ['jobs'],
  security: viewerSecurity,
  request: {
    params: z.object({ id: z.uuid() }),
    query: shareQuery.extend({ lon: degrees(180), lat: degrees(90) }),
    headers: z.object({ accept: z.string().max(1000).optional() }),
  },
  responses: {
    200: {
      description: 'the pixel',
      content: { 'application/json': { schema: pixelSchema }, 'text/event-stream': { schema: eventSchema } },
    },
    ...problemResponses(
      'invalid-request',
      'unauthenticated',
      'not-found',
      'gone',
      'conflict',
      'broken-scene',
      'unavailable',
    ),
  },
});

const privateHeaders = { 'cache-control': 'private, max-age=60', vary: 'Authorization, Accept' };

const readsAtOnce = 8;
/** Under the time limit of the function. */
const limits = { atOnce: 4, retrySeconds: 3, seconds: 55 };

/** Computes one pixel anew, with the kernels of the map. Behind its own check: a share may ask, too. */
export function addPoint(app: App, deps: JobsDeps): void {
  const slots = workSlots({ ...limits, what: 'pixel' });
  const bounded = boundedReads(readsAtOnce);
  app.openAPIRegistry.register('PixelScene', pixelSceneSchema);
  app.use('/jobs/:id/point', authenticateViewer(deps.tokens));
  app.openapi(route, async (c) => {
    const { lon, lat } = c.req.valid('query');
    const job = await readableJob(deps.db, c.req.valid('param').id, c.var.viewer);
    const compute = (onScene: OnScene) =>
      slots(c, (signal) => pixelOfJob({ job, place: { lon, lat }, bounded, onScene, signal }, deps));
    if (c.req.valid('header').accept?.includes('text/event-stream')) return pixelStream(c, compute) as never;
    return c.json(await compute(() => {}), 200, privateHeaders);
  });
}
