/** The tiles of a layer: Web Mercator, 256 pixels, or twice that on a dense screen. */
export function tileUrl(
  layer: { id: string; share?: string | undefined },
  [z, x, y]: [number, number, number],
  dense: boolean,
): string {
  const query = new URLSearchParams({ layer: layer.id });
  if (layer.share !== undefined) query.set('share', layer.share);
  return `/tiles/WebMercatorQuad/${z}/${x}/${y}${dense ? '@2x' : ''}.webp?${query}`;
}

/** Pixels of 10 m stay squares beyond this level: the map only enlarges them. */
export const maxTileZoom = (dense: boolean) => (dense ? 15 : 16);
