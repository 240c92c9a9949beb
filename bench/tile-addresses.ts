import { tileMatrixSet, type TileAddress } from '#shared/tiles/tile-matrix-set.ts';

const set = tileMatrixSet('WebMercatorQuad')!;

/** Numbers from 0 to 1 that are the same for the same seed (mulberry32). */
export function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Tiles as a map asks for them: of several zooms in turn, at random places of a box in degrees. */
export function tileAddresses(
  [west, south, east, north]: readonly number[],
  zooms: readonly number[],
  count: number,
  seed: number,
): TileAddress[] {
  const random = randomNumbers(seed);
  return Array.from({ length: count }, (_, i) => {
    const z = zooms[i % zooms.length];
    const lon = west + random() * (east - west);
    const lat = south + random() * (north - south);
    return { z, x: Math.floor(set.across(lon) * 2 ** z), y: Math.floor(set.down(lat) * 2 ** z) };
  });
}
