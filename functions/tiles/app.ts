import type { MiddlewareHandler } from 'hono';
import type { AppEnv } from '#shared/http/app-env.ts';
import { createApp, type App } from '#shared/http/create-app.ts';
import { authenticateViewer } from '#shared/http/viewer.ts';
import type { TilesDeps } from './deps.ts';
import { findLayers } from './find-layer.ts';
import { addLayers } from './layer-routes.ts';
import { addTiles } from './tile-route.ts';
import { addValues } from './value-routes.ts';

/** A polygon of 10,000 vertices, written with many digits. */
const maxBodyBytes = 2 * 2 ** 20;

/** `tiles`: layers as pictures, their legends and descriptions, and what lies where. */
export function createTilesApp(deps: TilesDeps): App {
  // No check of the database: baselines are shown without it.
  const app = createApp({ name: 'tiles', version: deps.version, logger: deps.logger, maxBodyBytes });
  const layers = findLayers(deps);
  const viewer = authenticateViewer(deps.tokens);
  app.use(
    '/tiles/layers',
    onlyFor((c) => c.req.query('job') !== undefined, viewer),
  );
  app.use(
    '/tiles/layers/:layer/*',
    onlyFor((c) => isOfJob(c.req.param('layer')), viewer),
  );
  app.use(
    '/tiles/:tms/:z/:x/:tile',
    onlyFor((c) => isOfJob(c.req.query('layer')), viewer),
  );
  addTiles(app, layers);
  addLayers(app, layers, deps);
  addValues(app, layers);
  return app;
}

const isOfJob = (layer: string | undefined) => layer?.startsWith('job-') ?? false;

type Handler = MiddlewareHandler<AppEnv>;

/** Baselines are there for everybody: who asks for them is not looked at. */
const onlyFor =
  (concerns: (c: Parameters<Handler>[0]) => boolean, middleware: Handler): Handler =>
  (c, next) =>
    concerns(c) ? middleware(c, next) : next();
