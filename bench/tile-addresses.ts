import { randomNumbers } from '#shared/testing/random-numbers.ts';
import { tileMatrixSet, type TileAddress } from '#shared/tiles/tile-matrix-set.ts';

const set = tileMatrixSet('WebMercatorQuad')!;

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
