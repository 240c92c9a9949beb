import { z } from '@hono/zod-openapi';
import { brokenScenePolicies } from '#shared/domain/job.ts';
import { defaultSeason } from '#shared/domain/season.ts';

const circle = z.strictObject({ lon: z.number(), lat: z.number(), radius_m: z.number() }).openapi('Circle', {
  description: 'longitude first, degrees; radius 50 to 25000 m',
  example: { lon: 4.063, lat: 50.746, radius_m: 300 },
});

const geojson = z
  .looseObject({ type: z.enum(['Polygon', 'MultiPolygon', 'Feature', 'FeatureCollection']) })
  .openapi('AreaGeojson', { description: 'GeoJSON (RFC 7946) polygons, up to 2500 km2' });

const wanted = 'give a circle as lon, lat and radius_m, or GeoJSON polygons';

/** What a union says of itself tells nobody which member is wrong. */
function whatIsWrong(input: unknown): string {
  if (!input || typeof input !== 'object') return wanted;
  const { error } = ('type' in input ? geojson : circle).safeParse(input);
  const issue = error?.issues[0];
  return issue ? `${issue.path.join('.') || 'the area'}: ${issue.message}; ${wanted}` : wanted;
}

/** The inputs of the process `crop-map`. */
export const inputsSchema = z
  .strictObject({
    aoi: z.union([circle, geojson], { error: ({ input }) => whatIsWrong(input) }),
    year: z.number().openapi({ description: 'year in which the season begins', example: 2019 }),
    season: z.string().max(64).default(defaultSeason),
    model: z.string().max(64).default('temperate'),
    source: z.string().max(64).openapi({ description: 'id of one of the sources of this deployment', example: 'demo' }),
    onBrokenScene: z.enum(brokenScenePolicies).default('fail'),
    acceptOutsideModel: z.boolean().default(false),
  })
  .openapi('CropMapInputs');
export type Inputs = z.infer<typeof inputsSchema>;

export const executeSchema = z
  .object({
    inputs: inputsSchema,
    response: z.enum(['document', 'raw']).optional(),
    mode: z.literal('async').optional(),
  })
  .openapi('Execute', { description: 'OGC API - Processes, execute request' });
