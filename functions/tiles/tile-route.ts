import { createRoute, z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { GeoCropError } from '#shared/domain/errors.ts';
import type { AppEnv } from '#shared/http/app-env.ts';
import type { App } from '#shared/http/create-app.ts';
import { viewerSecurity } from '#shared/http/open-api.ts';
import { problemResponses } from '#shared/http/problem-responses.ts';
import { shareQuery } from '#shared/http/viewer.ts';
import { mediaTypes, type TileFormat } from '#shared/tiles/encode-tile.ts';
import {
  hasTile,
  tileMatrixSet,
  tileMatrixSets,
  tilePixels,
  type TileAddress,
  type TileMatrixSet,
} from '#shared/tiles/tile-matrix-set.ts';
import { layerIdOf, type Layers } from './find-layer.ts';
import type { Layer } from './layer.ts';
import { preparedTile } from './render-tile.ts';

const digits = z.string().regex(/^\d{1,12}$/, 'a whole number');
const tileName = /^(\d{1,12})(@2x)?\.(png|webp)$/;

const route = createRoute({
  method: 'get',
  path: '/tiles/{tms}/{z}/{x}/{tile}',
  summary: 'A tile of a layer as a picture',
  description: `Tile matrix sets: ${tileMatrixSets.map(({ id }) => id).join(', ')}. 204 where there is nothing to show.`,
  security: [...viewerSecurity, {}],
  request: {
    params: z.object({
      tms: z.string().max(40).openapi({ example: 'WebMercatorQuad' }),
      z: digits,
      x: digits,
      tile: z
        .string()
        .max(30)
        .regex(tileName, 'the row, then @2x for 512 pixels, then .png or .webp')
        .openapi({ example: '9042@2x.png' }),
    }),
    query: shareQuery.extend({ layer: z.string().max(100).openapi({ description: 'id, as /tiles/layers lists it' }) }),
  },
  responses: {
    200: {
      description: 'the tile',
      content: {
        'image/png': { schema: z.string().openapi({ format: 'binary' }) },
        'image/webp': { schema: z.string().openapi({ format: 'binary' }) },
      },
    },
    204: { description: 'nothing to show here' },
    304: { description: 'as the ETag of the request says' },
    ...problemResponses('invalid-request', 'unauthenticated', 'not-found', 'gone', 'too-large'),
  },
});

interface Wanted {
  set: TileMatrixSet;
  address: TileAddress;
  size: number;
  format: TileFormat;
}

function wantedTile({ tms, z: zoom, x, tile }: { tms: string; z: string; x: string; tile: string }): Wanted {
  const set = tileMatrixSet(tms);
  if (!set) {
    const known = tileMatrixSets.map(({ id }) => id).join(' and ');
    throw new GeoCropError('not-found', `there is no tile matrix set "${tms}"; there are ${known}`, { field: 'tms' });
  }
  const [, y, twice, format] = tileName.exec(tile)!;
  const address = { z: Number(zoom), x: Number(x), y: Number(y) };
  if (!hasTile(set, address))
    throw new GeoCropError('not-found', `${set.id} has no tile ${zoom}/${x}/${y}: zoom is 0 to ${set.maxZoom}`, {
      field: 'z',
    });
  return { set, address, size: twice ? 2 * tilePixels : tilePixels, format: format as TileFormat };
}

/** For how long a browser may show pixels without asking: a job's do not change, a baseline may be replaced. */
export function cacheControl({ isPublic, settled }: Pick<Layer, 'isPublic' | 'settled'>): string {
  if (isPublic) return 'public, max-age=3600';
  return settled ? 'private, max-age=86400' : 'private, no-cache';
}

/** Who asks decides on what is private: a browser that two people use must not show one's pixels to the other. */
const varyOf = ({ isPublic }: Pick<Layer, 'isPublic'>): Record<string, string> =>
  isPublic ? {} : { vary: 'Authorization' };

/** Whether the request has this version already (RFC 9110, 13.1.2: the weak comparison). */
export function isKnown(c: Context<AppEnv>, etag: string): boolean {
  const header = c.req.header('if-none-match');
  if (header === undefined) return false;
  return header.split(',').some((known) => ['*', etag].includes(known.trim().replace(/^W\//, '')));
}

/** `/tiles/{tms}/{z}/{x}/{y}[@2x].{png,webp}`. */
export function addTiles(app: App, layers: Layers): void {
  app.openapi(route, async (c) => {
    const wanted = wantedTile(c.req.valid('param'));
    const layer = await layers.find(layerIdOf(c.req.valid('query').layer), c.var.viewer ?? {});
    const tile = preparedTile(layer, wanted);
    const headers = { etag: tile.etag, 'cache-control': cacheControl(layer), ...varyOf(layer) };
    if (isKnown(c, tile.etag)) return c.body(null, 304, headers) as never;
    const bytes = await tile.render();
    if (!bytes) return c.body(null, 204, headers) as never;
    return c.body(bytes as Uint8Array<ArrayBuffer>, 200, {
      ...headers,
      'content-type': mediaTypes[wanted.format],
      'content-length': String(bytes.length),
    }) as never;
  });
}
