import { OpenAPIHono } from '@hono/zod-openapi';
import { bodyLimit } from 'hono/body-limit';
import { methodNotAllowed } from 'hono/method-not-allowed';
import { secureHeaders } from 'hono/secure-headers';
import { GeoCropError } from '#shared/domain/errors.ts';
import type { AppEnv } from './app-env.ts';
import { addHealth, type ReadinessChecks } from './health.ts';
import type { Logger } from './logger.ts';
import { observe } from './observe.ts';
import { bearerScheme, documentOf, shareScheme } from './open-api.ts';
import { problemResponse } from './problem.ts';
import { refuseInvalid } from './refuse-invalid.ts';

export interface AppOptions {
  /** Name of the function, and the title of its OpenAPI document. */
  name: string;
  version: string;
  logger: Logger;
  readiness?: ReadinessChecks | undefined;
  /** Largest body of a request, bytes. */
  maxBodyBytes?: number | undefined;
}

export type App = OpenAPIHono<AppEnv>;

const oneMebibyte = 2 ** 20;

/** The app of a function with all that they share; routes are added to it. */
export function createApp(options: AppOptions): App {
  const app: App = new OpenAPIHono<AppEnv>({ defaultHook: refuseInvalid });
  app.onError(problemResponse);
  app.notFound((c) =>
    problemResponse(new GeoCropError('not-found', `there is nothing at ${c.req.path.slice(0, 300)}`), c),
  );
  app.use(observe(options.logger));
  app.use(apiHeaders());
  app.use(refuseMethod(app));
  app.use(limitBody(options.maxBodyBytes ?? oneMebibyte));
  addHealth(app, options.readiness ?? {});
  for (const { name, definition } of [bearerScheme, shareScheme])
    app.openAPIRegistry.registerComponent('securitySchemes', name, definition);
  app.get('/openapi.json', (c) => c.json(documentOf(app, { title: options.name, version: options.version })));
  return app;
}

/** No handler that sets a header itself is overruled. Transport security is the business of the proxy that has the certificate. */
const apiHeaders = () =>
  secureHeaders({
    overwrite: false,
    strictTransportSecurity: false,
    xFrameOptions: 'DENY',
    contentSecurityPolicy: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] },
  });

const refuseMethod = (app: App) =>
  methodNotAllowed<AppEnv>({
    app,
    onMethodNotAllowed: (c, methods) => {
      c.header('Allow', methods.join(', '));
      return problemResponse(new GeoCropError('method-not-allowed', `${c.req.method} is not possible here`), c);
    },
  });

/** Refuses by the declared length, and counts a body that declares none. */
const limitBody = (maxSize: number) =>
  bodyLimit({
    maxSize,
    onError: () => {
      throw new GeoCropError('too-large', `the request's body is over the limit of ${maxSize} bytes`, {
        field: 'body',
      });
    },
  });
