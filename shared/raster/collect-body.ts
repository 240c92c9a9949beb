import { brokenScene } from './broken-scene.ts';
import { TransientError } from './retry.ts';

/** Gathers a body of at most `limit` bytes; stops reading at the first byte beyond. `onBytes` is told of every arrival. */
export async function collectBody(
  name: string,
  body: AsyncIterable<Uint8Array>,
  limit: number,
  onBytes: () => void,
): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of body) {
    onBytes();
    length += part.length;
    if (length > limit) throw brokenScene(name, `the server sent more than the ${limit} bytes that it should`);
    parts.push(part);
  }
  return parts.length === 1 ? parts[0] : Buffer.concat(parts, length);
}

/** A body of exactly `length` bytes; a shorter one was cut off on its way. */
export async function collectExactly(
  name: string,
  body: AsyncIterable<Uint8Array>,
  length: number,
  onBytes: () => void,
): Promise<Uint8Array> {
  const bytes = await collectBody(name, body, length, onBytes);
  if (bytes.length === length) return bytes;
  throw new TransientError(`the connection ended after ${bytes.length} of ${length} bytes`);
}
