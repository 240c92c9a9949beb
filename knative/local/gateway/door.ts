import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { GeoCropError } from '#shared/domain/errors.ts';
import { refuse } from './refuse.ts';

/** The one port of the platform, taken and kept before anything is served on it. */
export interface Door {
  port: number;
  server: Server;
  /** Gives what answers from now on; before that, callers are told to come back. */
  serve(answer: (request: IncomingMessage, response: ServerResponse) => void): void;
  close(): void;
}

const keepAliveMs = 75_000;
/** What Node's server says of a request, by what it asks before it sends its body. */
const events = ['request', 'checkContinue', 'checkExpectation'];

/** Takes the port; 0 takes any that is free. Throws a sentence where it cannot be had. */
export async function openDoor({ host, port }: { host: string; port: number }): Promise<Door> {
  const server = createServer({ keepAliveTimeout: keepAliveMs, requireHostHeader: false });
  for (const event of events) server.on(event, comeBack);
  await listen(server, host, port);
  return {
    port: (server.address() as AddressInfo).port,
    server,
    serve(answer) {
      for (const event of events) server.off(event, comeBack).on(event, answer);
    },
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

async function listen(server: Server, host: string, port: number): Promise<void> {
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

function comeBack(request: IncomingMessage, response: ServerResponse): void {
  request.on('error', () => undefined);
  response.on('error', () => undefined);
  refuse(request, response, 503, 'the platform is starting; try again in a moment', {
    'retry-after': '2',
    connection: 'close',
  });
}
