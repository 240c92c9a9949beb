import { writeFileSync } from 'node:fs';
import { chunkMetres } from '#shared/domain/grid.ts';
import { fromUtm } from '#shared/domain/utm.ts';

/** The grid of every made season. */
const zone31 = { zone: 31, north: true };
/** A made season of 3 x 2 chunks: the two places where four chunks meet. */
export const innerCorners: readonly [number, number][] = [138, 139].map((col) => [
  col * chunkMetres,
  1099 * chunkMetres,
]);

/** Writes a GeoJSON area of squares round places of EPSG:32631, `half` metres to each side. */
export function writeSquares(path: string, centres: readonly (readonly [number, number])[], half: number): string {
  const ring = ([x, y]: readonly [number, number]) =>
    [
      [x - half, y - half],
      [x + half, y - half],
      [x + half, y + half],
      [x - half, y + half],
      [x - half, y - half],
    ].map(([east, north]) => fromUtm(zone31, east, north));
  const coordinates = centres.map((centre) => [ring(centre)]);
  writeFileSync(path, JSON.stringify({ type: 'MultiPolygon', coordinates }));
  return path;
}
