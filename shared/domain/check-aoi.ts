import { z } from 'zod';
import { aoiBox, aoiEpsg, boxOf, type Aoi } from './aoi.ts';
import { GeoCropError } from './errors.ts';
import { assertInGrid, chunkMetres } from './grid.ts';
import { polygonsArea } from './polygon-area.ts';
import { ringProblem, ringsProblem, type Position } from './ring.ts';
import { fromUtm, utmOfEpsg } from './utm.ts';

/** What the deployment allows; both are settings. */
export interface AoiLimits {
  maxRadiusM: number;
  maxAreaKm2: number;
}

export const minRadiusM = 50;
export const defaultAoiLimits: AoiLimits = { maxRadiusM: 25_000, maxAreaKm2: 2_500 };
export const maxVertices = 10_000;

const lon = z
  .number()
  .min(-180, 'longitude must lie between -180 and 180')
  .max(180, 'longitude must lie between -180 and 180');
const lat = z
  .number()
  .min(-90, 'latitude must lie between -90 and 90 (longitude comes first)')
  .max(90, 'latitude must lie between -90 and 90 (longitude comes first)');
const position = z.tuple([lon, lat], 'a position is [longitude, latitude]');
const ring = z
  .array(position)
  .min(4, 'a ring needs at least 4 positions, the last equal to the first')
  .max(maxVertices);
const polygon = z.array(ring).min(1, 'a polygon needs an outer ring');

/** An untrusted AOI. */
export const aoiSchema: z.ZodType<Aoi> = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('circle'), lon, lat, radiusM: z.number() }),
  z.strictObject({ type: z.literal('polygons'), polygons: z.array(polygon).min(1).max(1000) }),
]);

const refuse = (message: string): never => {
  throw new GeoCropError('invalid-aoi', message, { field: 'aoi' });
};

/** Checks an untrusted AOI against its form, the limits and the grid. */
export function checkAoi(input: unknown, limits: AoiLimits): Aoi {
  const parsed = aoiSchema.safeParse(input);
  if (!parsed.success) return refuse(`the area is not usable: ${describeIssue(parsed.error)}`);
  const aoi = parsed.data;
  if (aoi.type === 'circle') checkRadius(aoi.radiusM, limits);
  else checkPolygons(aoi.polygons, limits);
  const epsg = aoiEpsg(aoi);
  for (const [x, y] of aoiOutline(aoi)) assertInGrid(epsg, x, y);
  checkSpread(aoi, limits);
  return aoi;
}

/** Even a small limit leaves room for this many chunks. */
const minChunkLimit = 600;
/** A box may be so many times larger than the largest area. */
const maxSpread = 4;

/** Refuses small fields that lie far apart: every chunk of the box round them has to be looked at. */
function checkSpread(aoi: Aoi, { maxAreaKm2 }: AoiLimits): void {
  const [west, south, east, north] = aoiBox(aoi);
  const lines = (from: number, to: number) => Math.ceil(to / chunkMetres) - Math.floor(from / chunkMetres);
  const chunks = lines(west, east) * lines(south, north);
  const limit = Math.max(minChunkLimit, (maxSpread * maxAreaKm2 * 1e6) / chunkMetres ** 2);
  if (chunks > limit)
    refuse(
      `the area's parts lie too far apart: the box round them has ${Math.round((east - west) / 1000)} x ${Math.round((north - south) / 1000)} km; map them as several areas`,
    );
}

function describeIssue(error: z.ZodError): string {
  const issue = error.issues[0];
  const where = issue.path.length > 0 ? ` (at ${issue.path.join('.')})` : '';
  return `${issue.message}${where}`;
}

function checkRadius(radiusM: number, { maxRadiusM }: AoiLimits): void {
  if (radiusM >= minRadiusM && radiusM <= maxRadiusM) return;
  refuse(`the radius must be ${minRadiusM} to ${maxRadiusM} metres, not ${radiusM}`);
}

function checkPolygons(polygons: Position[][][], { maxAreaKm2 }: AoiLimits): void {
  const rings = polygons.flat();
  const vertices = rings.reduce((sum, positions) => sum + positions.length, 0);
  if (vertices > maxVertices) refuse(`the polygon has ${vertices} vertices; simplify it to at most ${maxVertices}`);
  polygons.forEach(checkRings);
  const [west, , east] = boxOf(rings.flat());
  if (east - west > 180) refuse('the polygon crosses the 180th meridian; map its two sides as two areas');
  const area = polygonsArea(polygons) / 1e6;
  if (area > maxAreaKm2)
    refuse(`the polygon covers ${area.toFixed(0)} km2; at most ${maxAreaKm2} km2 are mapped in one go`);
  if (area * 1e6 < 100) refuse('the polygon is smaller than one pixel of 10 m');
}

function checkRings(rings: Position[][]): void {
  const problem = rings.map(ringProblem).find((problem) => problem !== null) ?? ringsProblem(rings);
  if (problem) refuse(problem);
}

/** The outer corners of an AOI in degrees: a circle's bounding square, or a polygon's vertices. */
function aoiOutline(aoi: Aoi): Position[] {
  if (aoi.type === 'polygons') return aoi.polygons.flat(2);
  const crs = utmOfEpsg(aoiEpsg(aoi))!;
  const [west, south, east, north] = aoiBox(aoi);
  return [west, east].flatMap((x) => [south, north].map((y) => fromUtm(crs, x, y)));
}
