import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { problemMessage, sendProblem, type ProblemStatus } from './problem.ts';
import { methodFault } from './request-fault.ts';

const broken: Record<string, readonly [ProblemStatus, string]> = {
  HPE_HEADER_OVERFLOW: [431, 'the headers of the request are too large; send fewer or shorter ones'],
  HPE_CHUNK_EXTENSIONS_OVERFLOW: [413, 'the chunks of the body carry too many extensions; send none'],
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'the request did not arrive in time; send it again'],
};

/** Functions speak plain HTTP; a caller that wants another protocol is told so. */
export function refuseUpgrade({ url = '' }: IncomingMessage, socket: Duplex): void {
  const detail = 'this server does not change protocols (no WebSockets); use plain requests or server-sent events';
  endWith(socket, problemMessage(501, detail, url));
}

export function refuseTunnel({ url = '' }: IncomingMessage, socket: Duplex): void {
  const { status, detail, headers } = methodFault('CONNECT');
  endWith(socket, problemMessage(status, detail, url, headers));
}

/** Ends a connection on which something came that is no HTTP; `latest` is the answer to the last request before it. */
export function refuseBroken(error: NodeJS.ErrnoException, socket: Duplex, latest: ServerResponse | undefined): void {
  const [status, detail] = broken[error.code ?? ''] ?? [400, 'the request is not HTTP/1.1'];
  const answered = !latest || latest.closed;
  if (socket.writable && answered && error.code !== 'ECONNRESET')
    return endWith(socket, problemMessage(status, detail, ''));
  // What is broken is the body of that request, else it would be another's answer.
  const ours = latest && !latest.req.complete && !latest.headersSent;
  if (socket.writable && ours) return sendProblem(latest, status, detail, { connection: 'close' });
  socket.destroy();
}

function endWith(socket: Duplex, message: string): void {
  socket.on('error', () => undefined);
  socket.end(message, () => socket.destroy());
}
