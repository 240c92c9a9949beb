import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { GeoCropError } from '#shared/domain/errors.ts';
import type { ServicePool } from '../service/service-pool.ts';
import { answerRequest, type GatewayRules } from './answer-request.ts';
import { refuseBroken, refuseTunnel, refuseUpgrade } from './refuse-connection.ts';

/** The one port of the platform. */
export interface Gateway {
  port: number;
  /** No new connections; resolves when every request is answered. Event streams are ended at once: they resume. */
  drain(): Promise<void>;
  /** Cuts what is left. */
  cut(): void;
}

export interface Listen {
  host: string;
  port: number;
  maxConnections: number;
}

const keepAliveMs = 75_000;

/** Opens the port and answers on it until drained. Throws a sentence where the port cannot be had. */
export async function openGateway(
  listen: Listen,
  route: (path: string) => ServicePool | null,
  rules: GatewayRules,
): Promise<Gateway> {
  const open = new Set<ServerResponse>();
  const latest = new WeakMap<Duplex, ServerResponse>();
  const answer = (request: IncomingMessage, response: ServerResponse) => {
    const { socket } = request;
    // After an answer that ends the connection nothing more is taken from it (RFC 9112, 9.6).
    if (latest.get(socket)?.shouldKeepAlive === false) return void request.resume();
    latest.set(socket, response);
    open.add(response);
    response.once('close', () => open.delete(response));
    answerRequest(request, response, route, rules).catch((error: Error) => {
      rules.warn(`the gateway failed on ${request.method} ${request.url?.slice(0, 200)}: ${error.stack}`);
      response.destroy();
    });
  };
  const server = createServer({ keepAliveTimeout: keepAliveMs, requireHostHeader: false });
  for (const event of ['request', 'checkContinue', 'checkExpectation']) server.on(event, answer);
  server.on('upgrade', refuseUpgrade);
  server.on('connect', refuseTunnel);
  server.on('clientError', (error, socket) => refuseBroken(error, socket, latest.get(socket)));
  server.maxConnections = listen.maxConnections;
  await startListening(server, listen);
  return {
    port: (server.address() as AddressInfo).port,
    drain: () => drain(server, open),
    cut: () => server.closeAllConnections(),
  };
}

async function startListening(server: Server, { host, port }: Listen): Promise<void> {
  server.listen(port, host);
  try {
    await once(server, 'listening');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const why =
      code === 'EADDRINUSE' ? 'is in use; stop what listens there or choose another' : `cannot be used: ${message}`;
    throw new GeoCropError('setup-missing', `port ${port} of ${host} ${why}`, { cause: error, field: 'PORT' });
  }
}

async function drain(server: Server, open: ReadonlySet<ServerResponse>): Promise<void> {
  server.close();
  for (const response of open) if (isEventStream(response)) response.end();
  await Promise.all([...open].map((response) => once(response, 'close')));
  server.closeAllConnections();
}

function isEventStream(response: ServerResponse): boolean {
  return String(response.getHeader('content-type') ?? '').startsWith('text/event-stream');
}
