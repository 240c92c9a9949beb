import { createRoute, z } from '@hono/zod-openapi';
import { maxVertices, minRadiusM } from '#shared/domain/check-aoi.ts';
import { describedSeasons, firstYear } from '#shared/domain/season.ts';
import type { App } from '#shared/http/create-app.ts';
import type { JobsDeps } from './deps.ts';
import { describedModels } from './described-models.ts';
import { descriptionSchema, processListSchema } from './process-schema.ts';
import { inputsSchema } from './schemas.ts';

const list = createRoute({
  method: 'get',
  path: '/processes',
  operationId: 'listProcesses',
  tags: ['jobs'],
  summary: 'What can be run',
  responses: {
    200: {
      description: 'the processes',
      content: { 'application/json': { schema: processListSchema } },
    },
  },
});

const describe = createRoute({
  method: 'get',
  path: '/processes/crop-map',
  operationId: 'describeProcess',
  tags: ['jobs'],
  summary: 'The process, its inputs, and the sources and models of this deployment',
  responses: { 200: { description: 'the process', content: { 'application/json': { schema: descriptionSchema } } } },
});

const summaryOf = (version: string) => ({
  id: 'crop-map',
  title: 'Crop map',
  description: 'Maps crops of an area and a season at 10 m from a Sentinel-2 time series.',
  version,
  jobControlOptions: ['async-execute', 'dismiss'],
  outputTransmission: ['reference'],
  links: [
    { rel: 'self', href: '/processes/crop-map', type: 'application/json' },
    { rel: 'http://www.opengis.net/def/rel/ogc/1.0/execute', href: '/processes/crop-map/execution' },
  ],
});

const outputs = {
  map: {
    title: 'Crop classes and confidence',
    schema: { type: 'string', contentMediaType: 'image/tiff; application=geotiff; profile=cloud-optimized' },
  },
  item: { title: 'STAC item', schema: { type: 'string', contentMediaType: 'application/geo+json' } },
  report: { title: 'Report', schema: { type: 'string', contentMediaType: 'application/json' } },
};

/** OGC API - Processes: the list and the one process. */
export function addProcesses(app: App, deps: JobsDeps): void {
  const { version, sources, limits } = deps;
  app.openapi(list, (c) =>
    c.json(
      { processes: [summaryOf(version)], links: [{ rel: 'self', href: '/processes', type: 'application/json' }] },
      200,
    ),
  );
  app.openapi(describe, async (c) => {
    const { properties } = z.toJSONSchema(inputsSchema, { io: 'input', unrepresentable: 'any' }) as {
      properties: Record<string, unknown>;
    };
    const inputs = Object.fromEntries(
      Object.entries(properties).map(([name, schema]) => [name, { title: name, schema }]),
    );
    const known = {
      sources: sources.map(({ id, title }) => ({ id, title })),
      models: await describedModels(deps, c.var.log),
      seasons: describedSeasons(),
      limits: { ...limits, minRadiusM, maxVertices, firstYear },
    };
    return c.json({ ...summaryOf(version), inputs, outputs, ...known }, 200);
  });
}
