import { createRoute, z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { GeoCropError } from '#shared/domain/errors.ts';
import type { AppEnv } from '#shared/http/app-env.ts';
import type { App } from '#shared/http/create-app.ts';
import { viewerSecurity } from '#shared/http/open-api.ts';
import { problemResponses } from '#shared/http/problem-responses.ts';
import { shareQuery } from '#shared/http/viewer.ts';
import { layerTypes, legendOf } from '#shared/tiles/legend.ts';
import { legendImage } from '#shared/tiles/legend-image.ts';
import { layerLink, tileLink, type LinkBase } from '#shared/tiles/layer-links.ts';
import { maxZoomOf, tileJson } from '#shared/tiles/tile-json.ts';
import { tileMatrixSets } from '#shared/tiles/tile-matrix-set.ts';
import { wmtsCapabilities } from '#shared/tiles/wmts-capabilities.ts';
import type { TilesDeps } from './deps.ts';
import { layerIdOf, type Layers } from './find-layer.ts';
import type { Layer } from './layer.ts';

const problems = problemResponses('invalid-request', 'unauthenticated', 'not-found', 'gone', 'conflict');
const bounds = z.tuple([z.number(), z.number(), z.number(), z.number()]).openapi({ description: 'degrees' });

const layerSchema = z
  .object({
    id: z.string(),
    title: z.string(),
    type: z.enum(layerTypes),
    year: z.number().int().nullable(),
    bounds,
    minzoom: z.number().int(),
    maxzoom: z.number().int(),
    settled: z.boolean().openapi({ description: 'whether its pixels stay what they are' }),
    attribution: z.string(),
    licence: z.string().nullable(),
    tiles: z.string().openapi({ description: 'address of a tile, with {z}, {x}, {y}' }),
    legend: z.string(),
    tilejson: z.string(),
    wmts: z.string(),
  })
  .openapi('Layer');

const legendSchema = z
  .object({
    layer: z.string(),
    type: z.enum(layerTypes),
    entries: z.array(z.object({ value: z.number(), name: z.string(), title: z.string(), color: z.string() })),
  })
  .openapi('Legend');

const tileJsonSchema = z
  .object({
    tilejson: z.string(),
    name: z.string(),
    scheme: z.string(),
    tiles: z.array(z.string()),
    vector_layers: z.array(z.unknown()),
    bounds,
    center: z.tuple([z.number(), z.number(), z.number()]),
    minzoom: z.number(),
    maxzoom: z.number(),
    attribution: z.string(),
    legend: z.string(),
    tileSize: z.number(),
  })
  .openapi('TileJson');

const list = createRoute({
  method: 'get',
  path: '/tiles/layers',
  summary: 'The layers that can be shown',
  description: 'The baselines that are installed and, with `job`, what that job has to show now.',
  security: [...viewerSecurity, {}],
  request: { query: shareQuery.extend({ job: z.uuid().toLowerCase().optional() }) },
  responses: {
    200: {
      description: 'layers',
      content: { 'application/json': { schema: z.object({ layers: z.array(layerSchema) }) } },
    },
    ...problems,
  },
});

/** A document of one layer. */
function document<T extends z.ZodType, M extends string>(name: string, summary: string, mediaType: M, schema: T) {
  return createRoute({
    method: 'get',
    path: `/tiles/layers/{layer}/${name}`,
    summary,
    security: [...viewerSecurity, {}],
    request: { params: z.object({ layer: z.string().max(100) }), query: shareQuery },
    responses: { 200: { description: summary, content: { [mediaType]: { schema } } }, ...problems },
  });
}

const describe = document('tilejson.json', 'TileJSON 3.0 of a layer', 'application/json', tileJsonSchema);
const legend = document('legend.json', 'What the colours of a layer mean', 'application/json', legendSchema);
const legendPng = document(
  'legend.png',
  'The legend of a layer as a picture',
  'image/png',
  z.string().openapi({ format: 'binary' }),
);
const wmts = document('wmts', 'WMTS capabilities of a layer, for QGIS and GDAL', 'application/xml', z.string());

/** Absolute addresses: GIS programs and TileJSON know no other. */
function linkBase(c: Context<AppEnv>, { publicUrl }: TilesDeps): LinkBase {
  return { url: publicUrl ?? new URL(c.req.url).origin, share: c.req.query('share') };
}

/** Links of the page's own: relative to the deployment. */
function listed(layer: Layer, share: string | undefined): z.infer<typeof layerSchema> {
  const { id, title, type, year, settled, attribution, licence } = layer;
  const base = { url: '', share };
  const template = { set: tileMatrixSets[0].id, z: '{z}', x: '{x}', y: '{y}', format: 'png' as const };
  return {
    ...{ id, title, type, year, settled, attribution, licence },
    bounds: layer.bounds,
    minzoom: 0,
    maxzoom: maxZoomOf(tileMatrixSets[0], layer),
    tiles: tileLink(base, id, template),
    legend: layerLink(base, id, 'legend.json'),
    tilejson: layerLink(base, id, 'tilejson.json'),
    wmts: layerLink(base, id, 'wmts'),
  };
}

/** A class layer whose classes are not known yet has no legend. */
function assertPlanned({ id, type, classes }: Layer): void {
  if (type === 'class' && classes.length === 0)
    throw new GeoCropError('conflict', `the layer ${id} has no classes yet: its job is not planned; ask again shortly`);
}

/** The list of layers and the documents of each. */
export function addLayers(app: App, layers: Layers, deps: TilesDeps): void {
  const find = (c: Context<AppEnv>, id: string) => layers.find(layerIdOf(id), c.var.viewer ?? {});
  app.openapi(list, async (c) => {
    const { job, share } = c.req.valid('query');
    const baselines = await layers.ofBaselines();
    const ofJob = job === undefined ? [] : await layers.ofJob(job, c.var.viewer ?? {});
    const all = [...ofJob, ...baselines];
    return c.json({ layers: all.map((layer) => listed(layer, layer.isPublic ? undefined : share)) }, 200);
  });
  app.openapi(describe, async (c) => {
    const layer = await find(c, c.req.valid('param').layer);
    return c.json(tileJson(layer, tileMatrixSets[0], linkBase(c, deps)), 200);
  });
  app.openapi(legend, async (c) => {
    const layer = await find(c, c.req.valid('param').layer);
    assertPlanned(layer);
    return c.json(legendOf(layer), 200);
  });
  app.openapi(legendPng, async (c) => {
    const layer = await find(c, c.req.valid('param').layer);
    assertPlanned(layer);
    const bytes = await legendImage(layer.title, legendOf(layer));
    return c.body(bytes as Uint8Array<ArrayBuffer>, 200, { 'content-type': 'image/png' }) as never;
  });
  app.openapi(wmts, async (c) => {
    const layer = await find(c, c.req.valid('param').layer);
    return c.body(wmtsCapabilities(layer, linkBase(c, deps)), 200, { 'content-type': 'application/xml' }) as never;
  });
}
