import type { IncomingMessage, ServerResponse } from 'node:http';
import { Transform } from 'node:stream';

const patienceMs = 5000;

/** Says that a body grew beyond what the gateway takes. */
export class BodyTooLarge extends Error {
  constructor(limit: number) {
    super(`the request's body is larger than ${limit} bytes`);
    this.name = 'BodyTooLarge';
  }
}

/** Passes bytes on as they come, and fails with BodyTooLarge beyond `limit`. */
export function limitBytes(limit: number): Transform {
  let seen = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      seen += chunk.length;
      done(seen > limit ? new BodyTooLarge(limit) : null, chunk);
    },
  });
}

/** Whether a request has a body at all. */
export function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

/** Lets a caller that asked first send its body. */
export function inviteBody({ headers, httpVersion }: IncomingMessage, response: ServerResponse): void {
  if (headers.expect !== undefined && httpVersion === '1.1') response.writeContinue();
}

/** Reads away what a caller still sends after its answer, so that it can read that answer; for 5 s at most. */
export function discardRest(request: IncomingMessage, response: ServerResponse): void {
  if (request.complete || request.destroyed) return;
  request.unpipe();
  request.resume();
  const cut = setTimeout(() => request.socket.destroy(), patienceMs);
  const stop = () => clearTimeout(cut);
  cut.unref();
  request.once('end', stop);
  response.req.socket.once('close', stop);
}
