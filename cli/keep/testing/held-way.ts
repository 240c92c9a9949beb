import { createServer as createHttpServer, request as send } from 'node:http';
import { connect, createServer, type Server } from 'node:net';
import { once } from 'node:events';
import { join } from 'node:path';
import type { AddressInfo } from 'node:net';

/** A way to a server on which everything passes until something is held: from then on that client hears nothing. */
export interface HeldWay {
  /** Where clients find the server: an address, or the folder of a socket. */
  address: string;
  /** Fulfilled when something like this comes by. It is kept from the server, or the server's answer is kept back. */
  hold(isIt: (text: string) => boolean, what: 'request' | 'answer'): Promise<void>;
  pass(): void;
  close(): void;
}

type Hold = { isIt: (text: string) => boolean; what: 'request' | 'answer'; reached: () => void } | null;

function holding() {
  let hold: Hold = null;
  return {
    held: (text: string) => (hold?.isIt(text) ? hold : null),
    hold: (isIt: (text: string) => boolean, what: 'request' | 'answer') =>
      new Promise<void>((reached) => (hold = { isIt, what, reached })),
    pass: () => void (hold = null),
  };
}

/** The way to an S3 server on the loopback; a request is told as `PUT /bucket/key`. */
export async function heldS3Way(endpoint: string): Promise<HeldWay> {
  const { held, ...holds } = holding();
  const { hostname: host, port } = new URL(endpoint);
  const server = createHttpServer((request, response) => {
    const { method, url: path, headers } = request;
    const hold = held(`${method} ${path}`);
    if (hold) {
      request.resume();
      return hold.reached();
    }
    const onward = send({ host, port, method, path, headers }, (reply) => {
      response.writeHead(reply.statusCode!, reply.rawHeaders);
      reply.pipe(response);
    });
    onward.on('error', () => response.destroy());
    request.pipe(onward);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const close = () => (server.close(), server.closeAllConnections());
  return { ...holds, address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close };
}

const socketName = '.s.PGSQL.5432';

/** The way to a PostgreSQL server by its socket; what is told is whatever a client sends at once. */
export async function heldPostgresWay(folder: string, upstream: string): Promise<HeldWay> {
  const { held, ...holds } = holding();
  const server: Server = createServer((client) => {
    const onward = connect(join(upstream, socketName));
    let silent = false;
    client.on('data', (bytes) => {
      const hold = held(bytes.toString('latin1'));
      if (hold?.what !== 'request') onward.write(bytes);
      if (!hold) return;
      silent = true;
      if (hold.what === 'request') hold.reached();
      else onward.once('data', hold.reached);
    });
    onward.on('data', (bytes) => void (silent || client.write(bytes)));
    for (const [one, other] of [
      [client, onward],
      [onward, client],
    ])
      one.on('error', () => other.destroy()).on('close', () => other.destroy());
  });
  server.listen(join(folder, socketName));
  await once(server, 'listening');
  return { ...holds, address: folder, close: () => void server.close() };
}
