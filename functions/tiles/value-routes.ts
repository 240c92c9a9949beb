import { createRoute, z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { GeoCropError } from '#shared/domain/errors.ts';
import type { AppEnv } from '#shared/http/app-env.ts';
import type { App } from '#shared/http/create-app.ts';
import { viewerSecurity } from '#shared/http/open-api.ts';
import { problemResponses } from '#shared/http/problem-responses.ts';
import { shareQuery } from '#shared/http/viewer.ts';
import { layerTypes } from '#shared/tiles/legend.ts';
import { statisticsPolygons } from '#shared/tiles/statistics-polygon.ts';
import { layerIdOf, type Layers } from './find-layer.ts';
import { layerStatistics } from './layer-statistics.ts';
import { layerValue } from './layer-value.ts';

const params = z.object({ layer: z.string().max(100) });
const problems = problemResponses(
  'invalid-request',
  'invalid-aoi',
  'unauthenticated',
  'not-found',
  'gone',
  'conflict',
  'too-large',
  'unavailable',
);
const entry = { value: z.number(), name: z.string(), title: z.string(), color: z.string() };

/** A decimal number as people write coordinates: no `Infinity`, no blank that would be 0. */
const degrees = (limit: number) =>
  z
    .string()
    .regex(/^[-+]?\d{1,3}(\.\d{1,20})?$/, 'a decimal number of degrees')
    .transform(Number)
    .pipe(z.number().min(-limit).max(limit))
    .openapi({ type: 'number', minimum: -limit, maximum: limit });

const point = createRoute({
  method: 'get',
  path: '/tiles/layers/{layer}/point',
  summary: 'The value of a layer at a place',
  security: [...viewerSecurity, {}],
  request: { params, query: shareQuery.extend({ lon: degrees(180), lat: degrees(90) }) },
  responses: {
    200: {
      description: 'the pixel that holds the place',
      content: {
        'application/json': {
          schema: z
            .object({
              layer: z.string(),
              lon: z.number(),
              lat: z.number(),
              inside: z.boolean().openapi({ description: 'whether the place lies on the raster' }),
              col: z.number().int().nullable(),
              row: z.number().int().nullable(),
              value: z.number().nullable().openapi({ description: 'sample value; null where there is no data' }),
              entry: z.object(entry).nullable().openapi({ description: 'of the legend, in the colour of the tile' }),
              reflectance: z
                .object({ red: z.number(), green: z.number(), blue: z.number() })
                .nullable()
                .openapi({ description: 'of a layer in true colour' }),
            })
            .openapi('LayerValue'),
        },
      },
    },
    ...problems,
  },
});

const statistics = createRoute({
  method: 'post',
  path: '/tiles/layers/{layer}/statistics',
  summary: 'What lies under a polygon',
  description:
    'Counts the pixels whose centre lies in a GeoJSON Polygon or MultiPolygon (or a Feature or FeatureCollection of ' +
    'such) of at most 10,000 vertices. A polygon of more than 25 million pixels is counted on an overview: `exact` is then false.',
  security: [...viewerSecurity, {}],
  request: {
    params,
    query: shareQuery,
    body: {
      required: true,
      content: { 'application/geo+json': { schema: z.looseObject({ type: z.string() }) } },
    },
  },
  responses: {
    200: {
      description: 'by class',
      content: {
        'application/json': {
          schema: z
            .object({
              layer: z.string(),
              type: z.enum(layerTypes),
              exact: z.boolean().openapi({ description: 'counted on the pixels themselves, not on an overview' }),
              pixelSize: z.number().openapi({ description: 'of the counted pixels, units of the CRS' }),
              pixels: z.object({
                valid: z.number().int(),
                nodata: z.number().int().openapi({ description: 'without data, or without a class' }),
                outside: z
                  .number()
                  .int()
                  .nullable()
                  .openapi({ description: 'beyond the raster; null: too many to count' }),
              }),
              hectares: z.number().openapi({ description: 'of the valid pixels' }),
              classes: z.array(
                z.object({ ...entry, pixels: z.number().int(), hectares: z.number(), share: z.number() }),
              ),
              meanConfidence: z.number().nullable().openapi({ description: 'percent, of a confidence layer' }),
            })
            .openapi('LayerStatistics'),
        },
      },
    },
    ...problems,
  },
});

const atOnce = 2;

/** Counting takes seconds: what would wait is sent away. */
function boundedWork(): <T>(c: Context<AppEnv>, work: () => Promise<T>) => Promise<T> {
  let running = 0;
  return async (c, work) => {
    if (running >= atOnce) {
      c.header('Retry-After', '2');
      throw new GeoCropError('unavailable', 'other polygons are being counted; ask again in a few seconds');
    }
    running++;
    try {
      return await work();
    } finally {
      running--;
    }
  };
}

/** nginx's number for a request whose client has left; nobody reads the answer. */
const clientClosed = 499;

/** Runs what is stopped when the client leaves: that is no failure of the server. */
async function whileThere<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!signal.aborted) throw error;
    return new Response(null, { status: clientClosed }) as never;
  }
}

/** The point query and the statistics of a polygon. */
export function addValues(app: App, layers: Layers): void {
  const bounded = boundedWork();
  app.openapi(point, async (c) => {
    const { lon, lat } = c.req.valid('query');
    const layer = await layers.find(layerIdOf(c.req.valid('param').layer), c.var.viewer ?? {});
    return c.json(await layerValue(layer, lon, lat), 200);
  });
  app.openapi(statistics, async (c) => {
    const layer = await layers.find(layerIdOf(c.req.valid('param').layer), c.var.viewer ?? {});
    const { signal } = c.req.raw;
    return whileThere(signal, async () => {
      const body: unknown = await c.req.json();
      return bounded(c, async () => c.json(await layerStatistics(layer, statisticsPolygons(body), signal), 200));
    });
  });
}
