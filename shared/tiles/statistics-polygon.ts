import { aoiSchema, maxVertices } from '#shared/domain/check-aoi.ts';
import { GeoCropError } from '#shared/domain/errors.ts';
import { aoiOfGeojson } from '#shared/domain/geojson-aoi.ts';
import { ringProblem, type Position } from '#shared/domain/ring.ts';

const refuse = (message: string): never => {
  throw new GeoCropError('invalid-aoi', message, { field: 'body' });
};

function checkRing(ring: readonly Position[]): void {
  const problem = ringProblem(ring);
  if (problem) refuse(problem);
}

function checkVertices(positions: readonly Position[]): void {
  if (positions.length > maxVertices)
    refuse(`the polygon has ${positions.length} vertices; simplify it to at most ${maxVertices}`);
}

/**
 * The polygons of an untrusted GeoJSON document, each its rings in degrees: closed, not crossing themselves, on one side
 * of the 180th meridian, of at most 10,000 vertices together. Throws `invalid-aoi`.
 */
export function statisticsPolygons(input: unknown): Position[][][] {
  const parsed = aoiSchema.safeParse(aoiOfGeojson(input));
  if (!parsed.success) {
    const { message, path } = parsed.error.issues[0];
    return refuse(`the area is not usable: ${message}${path.length > 0 ? ` (at ${path.join('.')})` : ''}`);
  }
  if (parsed.data.type !== 'polygons') return refuse('the area must be made of polygons');
  const { polygons } = parsed.data;
  const positions = polygons.flat(2);
  checkVertices(positions);
  polygons.flat().forEach(checkRing);
  const west = positions.reduce((least, [lon]) => Math.min(least, lon), Infinity);
  const east = positions.reduce((most, [lon]) => Math.max(most, lon), -Infinity);
  if (east - west > 180) refuse('the polygon crosses the 180th meridian; ask for its two sides one by one');
  return polygons;
}
