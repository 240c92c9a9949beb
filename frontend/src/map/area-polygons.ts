import { checkAoi, type AoiLimits } from '#shared/domain/check-aoi.ts';
import { aoiOfGeojson } from '#shared/domain/geojson-aoi.ts';
import { AreaFileError } from './area-file-error.ts';
import type { AreaGeojson } from './types.ts';

type Rings = number[][][];
type Loose = { type?: unknown; coordinates?: unknown; geometry?: unknown; geometries?: unknown; features?: unknown };

const maxPolygons = 1000;
const maxVertices = 10_000;
/** Collections within collections; nobody means more. */
const maxDepth = 8;

const isObject = (value: unknown): value is Loose => typeof value === 'object' && value !== null;
const listOf = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);

/** All polygons in a GeoJSON document or a list of geometries; points and lines are passed over. */
export function polygonsIn(document: unknown, depth = 0): Rings[] {
  if (!isObject(document) || depth > maxDepth) return [];
  const inner = (parts: unknown) => listOf(parts).flatMap((part) => polygonsIn(part, depth + 1));
  switch (document.type) {
    case 'Polygon':
      return [document.coordinates as Rings];
    case 'MultiPolygon':
      return listOf(document.coordinates) as Rings[];
    case 'Feature':
      return inner([document.geometry]);
    case 'FeatureCollection':
      return inner(document.features);
    case 'GeometryCollection':
      return inner(document.geometries);
    default:
      return [];
  }
}

/** Polygons from a file as an area that may be mapped, by the rules of the server. */
export function areaOfPolygons(polygons: Rings[], limits: AoiLimits): AreaGeojson {
  if (polygons.length === 0) throw new AreaFileError('areaFile.noPolygon');
  if (polygons.length > maxPolygons)
    throw new AreaFileError('areaFile.tooManyPolygons', { count: polygons.length, max: maxPolygons });
  const vertices = polygons.flatMap(listOf).reduce<number>((sum, ring) => sum + listOf(ring).length, 0);
  if (vertices > maxVertices)
    throw new AreaFileError('areaFile.tooManyVertices', { count: vertices, max: maxVertices });
  if (!inDegrees(polygons)) throw new AreaFileError('areaFile.notDegrees');
  const aoi = checkAoi(aoiOfGeojson({ type: 'MultiPolygon', coordinates: polygons }), limits);
  if (aoi.type !== 'polygons') throw new AreaFileError('areaFile.noPolygon');
  const [first, ...others] = aoi.polygons;
  return others.length === 0
    ? { type: 'Polygon', coordinates: first }
    : { type: 'MultiPolygon', coordinates: aoi.polygons };
}

/** Metres of a projection that nobody named are told apart from degrees by their size. */
function inDegrees(polygons: Rings[]): boolean {
  const [x, y] = polygons[0]?.[0]?.[0] ?? [];
  return !(Math.abs(x) > 360 || Math.abs(y) > 360);
}
