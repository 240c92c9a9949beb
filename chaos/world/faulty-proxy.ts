import { createServer, request as send, type IncomingMessage, type Server, type ServerResponse } from 'node:http';

/** Passes requests on to a port of the loopback as they are, and answers 503 instead wherever it is told to. */
export function startFaultyProxy(port: number, upstream: number, isRefused: () => boolean): Server {
  const server = createServer((request, response) => {
    if (!isRefused()) return pass(upstream, request, response);
    request.resume();
    response.writeHead(503, { 'content-type': 'text/plain' }).end('slow down');
  });
  return server.listen(port, '127.0.0.1');
}

function pass(port: number, request: IncomingMessage, response: ServerResponse): void {
  const { method, url: path, headers } = request;
  // The host stays what the client has asked and perhaps signed.
  const onward = send({ host: '127.0.0.1', port, method, path, headers }, (reply) => {
    response.writeHead(reply.statusCode!, reply.rawHeaders);
    reply.pipe(response);
    reply.on('error', () => response.destroy());
  });
  onward.on('error', () => response.destroy());
  response.on('close', () => onward.destroy());
  request.pipe(onward);
}
