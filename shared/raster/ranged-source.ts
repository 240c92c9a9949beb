import { GeoCropError } from '#shared/domain/errors.ts';
import { brokenScene } from './broken-scene.ts';
import { awaitShared, type SharedLoad } from './shared-load.ts';
import type { ByteSource } from './source.ts';

/** An answer to a range request. A server that ignores ranges answers with the whole file at offset 0. */
export interface RangeReply {
  offset: number;
  bytes: Uint8Array;
  /** Length of the whole file, bytes. */
  total: number;
  /** ETag or the like: what changes when the file is replaced. */
  version?: string | undefined;
}

/** Fetches up to `length` bytes from `offset`: fewer only where the file ends. */
export type FetchRange = (offset: number, length: number, signal?: AbortSignal) => Promise<RangeReply>;

export const defaultHeadBytes = 65_536;

/**
 * A source over range requests. The first request fetches the file's head, which also tells the length; the head is
 * kept, so that a small file costs one request. A file that changes between two requests is refused.
 */
export function rangedSource(name: string, fetchRange: FetchRange, headBytes = defaultHeadBytes): ByteSource {
  let shared: SharedLoad<RangeReply> | undefined;

  function startHead(signal?: AbortSignal): SharedLoad<RangeReply> {
    const load = { promise: fetchRange(0, headBytes, signal), signal };
    load.promise.catch(() => {
      if (shared === load) shared = undefined;
    });
    return load;
  }
  const head = (signal?: AbortSignal) => awaitShared(() => (shared ??= startHead(signal)), signal);

  async function read(offset: number, length: number, signal?: AbortSignal): Promise<Uint8Array> {
    const first = await head(signal);
    if (offset < 0 || length < 0 || offset + length > first.total)
      throw brokenScene(name, `bytes ${offset}-${offset + length} were wanted of ${first.total}; it is truncated`);
    if (length === 0) return new Uint8Array();
    if (offset + length <= first.bytes.length) return first.bytes.subarray(offset, offset + length);
    const reply = await fetchRange(offset, length, signal);
    if (reply.total !== first.total || reply.version !== first.version) throw changed(name);
    return reply.bytes.subarray(offset - reply.offset, offset - reply.offset + length);
  }

  return { name, size: async (signal) => (await head(signal)).total, read };
}

function changed(name: string): GeoCropError {
  return new GeoCropError(
    'source-unavailable',
    `${name} was replaced by another file while it was being read. Run the same job again.`,
  );
}
