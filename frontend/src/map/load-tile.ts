/** What a tile's address answered: a picture, or nothing to see there. */
export type LoadedTile = { image: ImageBitmap | null; etag: string | null };

export interface TileAccess {
  /** Asked before each request, so that a renewed token is used. */
  token: () => Promise<string | null>;
  /** Whether the address says by itself who asks. */
  shared: boolean;
}

/** The answer says that the same request may succeed later. */
class TileError extends Error {}

async function credentials({ token, shared }: TileAccess): Promise<HeadersInit> {
  const bearer = shared ? null : await token();
  return bearer === null ? {} : { authorization: `Bearer ${bearer}` };
}

/** Fetches and decodes a tile; one that has not changed since `known` is not decoded again. */
export async function loadTile(
  url: string,
  access: TileAccess,
  signal: AbortSignal,
  known?: LoadedTile,
): Promise<LoadedTile> {
  const response = await fetch(url, { headers: await credentials(access), signal });
  const etag = response.headers.get('etag');
  if (response.status === 204 || response.status === 404 || response.status === 410) return { image: null, etag };
  if (!response.ok) throw new TileError(`the tile ${url} answered ${response.status}`);
  if (known && etag !== null && etag === known.etag) {
    await response.body?.cancel();
    return known;
  }
  return { image: await createImageBitmap(await response.blob()), etag };
}
