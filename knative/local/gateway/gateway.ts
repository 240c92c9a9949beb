import { once } from 'node:events';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { ServicePool } from '../service/service-pool.ts';
import { answerRequest, type GatewayRules } from './answer-request.ts';
import type { Door } from './door.ts';
import { lingerOnClose } from './linger.ts';
import { refuseBroken, refuseTunnel, refuseUpgrade } from './refuse-connection.ts';

/** The one port of the platform. */
export interface Gateway {
  port: number;
  /** No new connections; resolves when every request is answered. Event streams are ended at once: they resume. */
  drain(): Promise<void>;
  /** Cuts what is left. */
  cut(): void;
}

/** Answers on the port from now on, until drained. */
export function openGateway(
  { server, port, serve }: Door,
  maxConnections: number,
  route: (path: string) => ServicePool | null,
  rules: GatewayRules,
): Gateway {
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
  serve(answer);
  server.on('connection', (socket) => lingerOnClose(socket, () => latest.get(socket)));
  server.on('upgrade', refuseUpgrade);
  server.on('connect', refuseTunnel);
  server.on('clientError', (error, socket) => refuseBroken(error, socket, latest.get(socket)));
  server.maxConnections = maxConnections;
  return {
    port,
    drain: () => drain(server, open),
    cut: () => server.closeAllConnections(),
  };
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
