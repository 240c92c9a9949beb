import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { createAdaptorServer } from '@hono/node-server';
import { GeoCropError } from '#shared/domain/errors.ts';
import type { Logger } from './logger.ts';
import { onStop } from './on-stop.ts';
import { readinessPath } from './health.ts';

export interface ServeOptions {
  fetch: (request: Request, env?: unknown) => Response | Promise<Response>;
  /** 0 takes a free one. */
  port: number;
  host: string;
  logger: Logger;
  /**
   * After the signal to stop: how long to go on serving while the proxy learns of it. It goes on while requests come,
   * for a proxy that sends has not learnt of it: a listener that closes resets whoever is waiting at it.
   */
  drainMs?: number | undefined;
  /** From the signal to the end of the last connection, at most. */
  deadlineMs?: number | undefined;
  /** Aborted after the drain, so that event streams end and requests that wait give up. */
  shutdown?: AbortController | undefined;
  /** Runs last, when no request is left: closes the database. */
  cleanUp?: (() => Promise<void>) | undefined;
}

export interface RunningServer {
  port: number;
  /** Begins to stop, as a signal does; resolves when all is closed. */
  stop(reason: string): Promise<void>;
  /** Resolves when all is closed, whoever began it. */
  closed: Promise<void>;
}

const limits = { headersTimeout: 15_000, requestTimeout: 60_000, keepAliveTimeout: 75_000, maxHeaderSize: 16_384 };

/** Listens, and stops on SIGTERM, SIGINT or the death of the parent: not ready, drain, close within the deadline, clean up. */
export async function serve(options: ServeOptions): Promise<RunningServer> {
  const state: ServerState = { draining: false, lastRequest: 0 };
  const server = createAdaptorServer({
    fetch(request, env) {
      if (state.draining && isProbe(request)) return Response.json({ status: 'draining' }, { status: 503 });
      state.lastRequest = performance.now();
      return options.fetch(request, env);
    },
    serverOptions: limits,
    createServer,
  }) as Server;
  // The first answer of the drain tells the proxy, however rarely it asks whether we are ready.
  server.prependListener('request', (_request, response) => {
    if (state.draining) response.setHeader('connection', 'close');
  });
  const closed = Promise.withResolvers<void>();
  const stop = (reason: string): Promise<void> => {
    if (!state.draining) {
      state.draining = true;
      options.logger.info('Server:Drain', { reason });
      close(server, state, options).then(closed.resolve, closed.reject);
    }
    return closed.promise;
  };
  // Before anybody can know of it: a signal that finds nobody to hear it ends the process at once.
  const forget = onStop((reason) => void stop(reason));
  closed.promise.then(forget, forget);
  const port = await listen(server, options).catch((error) => {
    forget();
    throw error;
  });
  options.logger.info('Server:Listen', { host: options.host, port });
  return { port, stop, closed: closed.promise };
}

interface ServerState {
  draining: boolean;
  /** When the last request came, by the monotonic clock. */
  lastRequest: number;
}

/** While draining it tells the proxy to send nothing more; everything else is still served. */
const isProbe = (request: Request): boolean => new URL(request.url).pathname === readinessPath;

function listen(server: Server, { port, host }: ServeOptions): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(listenError(error, host, port)));
    server.listen(port, host, () => resolve((server.address() as AddressInfo).port));
  });
}

function listenError(error: NodeJS.ErrnoException, host: string, port: number): Error {
  const options = { cause: error, field: 'PORT' };
  if (error.code === 'EADDRINUSE')
    return new GeoCropError('setup-missing', `port ${port} on ${host} is in use; set PORT to another one`, options);
  return new GeoCropError('setup-missing', `cannot listen on ${host}, port ${port}: ${error.message}`, options);
}

/** Waits until the time to drain is over and no request has come for a quarter of it, for half of the deadline at most. */
async function drain(state: ServerState, drainMs: number, deadlineMs: number): Promise<void> {
  const began = performance.now();
  await sleep(Math.min(drainMs, deadlineMs));
  const isBusy = () => performance.now() - state.lastRequest < drainMs / 4;
  while (isBusy() && performance.now() - began < deadlineMs / 2) await sleep(drainMs / 20);
}

async function close(server: Server, state: ServerState, options: ServeOptions): Promise<void> {
  const { drainMs = 2000, deadlineMs = 15_000, logger } = options;
  const cut = setTimeout(() => {
    logger.warn('Server:Cut', { deadlineMs });
    server.closeAllConnections();
  }, deadlineMs);
  await drain(state, drainMs, deadlineMs);
  options.shutdown?.abort(new Error('the server is stopping'));
  // A connection that falls idle after the call of close() would be kept for its keep-alive time.
  const idle = setInterval(() => server.closeIdleConnections(), 100);
  await new Promise<void>((resolve) => server.close(() => resolve()));
  clearInterval(idle);
  clearTimeout(cut);
  await options.cleanUp?.();
  logger.info('Server:Close');
}
