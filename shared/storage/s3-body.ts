import type { Readable } from 'node:stream';
import { S3ReplyError } from './s3-request.ts';

/** The whole body of an answer; one that is cut short, too long or stalls is an error, never fewer bytes. */
export async function readS3Body(body: unknown, length: number | undefined, silenceMs: number): Promise<Uint8Array> {
  const stream = body as Readable;
  if (length === undefined) {
    stream.destroy();
    throw new S3ReplyError('the answer does not say how long it is');
  }
  const stalled = () => stream.destroy(new S3ReplyError(`nothing came for ${silenceMs / 1000} s`));
  const timer = setTimeout(stalled, silenceMs);
  const bytes = Buffer.alloc(length);
  let at = 0;
  try {
    for await (const piece of stream as AsyncIterable<Uint8Array>) {
      timer.refresh();
      if (at + piece.length > length) throw new S3ReplyError(`more than the ${length} bytes that were announced came`);
      bytes.set(piece, at);
      at += piece.length;
    }
  } finally {
    clearTimeout(timer);
    stream.destroy();
  }
  if (at !== length) throw new S3ReplyError(`${at} of ${length} bytes came`);
  return bytes;
}
