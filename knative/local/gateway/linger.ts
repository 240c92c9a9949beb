import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** What is read, at most, of a request that has its answer already. */
const mostBytes = 64 * 2 ** 20;
const mostMs = 30_000;
const silenceMs = 5000;

const discarding = new WeakSet<IncomingMessage>();

/** Reads away what a caller still sends after its answer, so that it can read that answer; within bounds. */
export function discardRest(request: IncomingMessage): void {
  if (request.complete || request.destroyed || discarding.has(request)) return;
  discarding.add(request);
  const { socket } = request;
  const cut = () => void socket.destroy();
  const timers = [setTimeout(cut, mostMs).unref(), setTimeout(cut, silenceMs).unref()];
  const stop = () => timers.forEach(clearTimeout);
  let bytes = 0;
  request.unpipe();
  request.on('data', ({ length }: Buffer) => {
    bytes += length;
    if (bytes > mostBytes) cut();
    else timers[1].refresh();
  });
  request.resume();
  request.once('end', stop);
  socket.once('close', stop);
}

/**
 * Makes a connection end by halves where its last request has not come whole (RFC 9112, 9.6): a full close would answer
 * what still comes with a reset, and the caller lose the answer. `destroySoon` is what Node's server ends it with.
 */
export function lingerOnClose(socket: Socket, latest: () => ServerResponse | undefined): void {
  const close = socket.destroySoon.bind(socket);
  socket.destroySoon = () => {
    const request = latest()?.req;
    if (!request || request.complete) return close();
    socket.end();
    discardRest(request);
    const cut = setTimeout(close, mostMs).unref();
    socket.once('close', () => clearTimeout(cut));
  };
}
