import { aoiBox, aoiEpsg, degreesOfBox, type Aoi } from '#shared/domain/aoi.ts';
import { checkAoi, type AoiLimits } from '#shared/domain/check-aoi.ts';
import { GeoCropError } from '#shared/domain/errors.ts';
import { aoiOfGeojson } from '#shared/domain/geojson-aoi.ts';
import { ringArea } from '#shared/domain/ring.ts';
import { checkYear, seasonByName } from '#shared/domain/season.ts';
import { toUtm, utmOfEpsg } from '#shared/domain/utm.ts';
import { aoiWithin, type Polygons } from '#shared/domain/validity.ts';
import type { AoiInput, Bbox } from '../map/types.ts';

export interface CheckedArea {
  problem: string | null;
  hectares: number | null;
  bbox: Bbox | null;
}

function problemOf(check: () => void): string | null {
  try {
    check();
    return null;
  } catch (error) {
    if (error instanceof GeoCropError) return error.message;
    throw error;
  }
}

const aoiOf = (area: AoiInput): unknown =>
  'radius_m' in area ? { type: 'circle', lon: area.lon, lat: area.lat, radiusM: area.radius_m } : aoiOfGeojson(area);

/** Square metres of an area on its grid, holes left out; polygons that overlap count twice. */
function squareMetres(aoi: Aoi): number {
  if (aoi.type === 'circle') return Math.PI * aoi.radiusM ** 2;
  const crs = utmOfEpsg(aoiEpsg(aoi))!;
  const metres = (ring: readonly [number, number][]) => ringArea(ring.map(([lon, lat]) => toUtm(crs, lon, lat)));
  const areas = aoi.polygons.map(
    ([shell, ...holes]) => metres(shell) - holes.reduce((sum, hole) => sum + metres(hole), 0),
  );
  return areas.reduce((sum, area) => sum + area, 0);
}

/** Checks an area by the rules of the server; its size and bounds are known only where it is usable. */
export function checkArea(area: AoiInput, limits: AoiLimits): CheckedArea {
  let aoi: Aoi | null = null;
  const problem = problemOf(() => (aoi = checkAoi(aoiOf(area), limits)));
  if (!aoi) return { problem, hectares: null, bbox: null };
  return { problem, hectares: squareMetres(aoi) / 10_000, bbox: degreesOfBox(aoiEpsg(aoi), aoiBox(aoi)) as Bbox };
}

/** Null where the season of that year can be mapped on a day (YYYY-MM-DD). */
export const checkSeasonYear = (season: string, year: string, today: string): string | null =>
  problemOf(() => checkYear(seasonByName(season), Number(year.trim() || NaN), today));

/** Whether an area that was checked lies where a model is good. */
export function isInside(area: AoiInput, validity: Polygons): boolean {
  return aoiWithin(aoiOf(area) as Aoi, validity);
}
