import type { IncomingMessage, ServerResponse } from 'node:http';
import { Transform } from 'node:stream';

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
