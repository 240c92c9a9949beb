import { aoiBox, aoiEpsg, degreesOfBox, type Aoi } from '#shared/domain/aoi.ts';
import { checkAoi, type AoiLimits } from '#shared/domain/check-aoi.ts';
import { GeoCropError } from '#shared/domain/errors.ts';
import { aoiOfGeojson } from '#shared/domain/geojson-aoi.ts';
import { polygonsArea } from '#shared/domain/polygon-area.ts';
import { checkYear, seasonByName } from '#shared/domain/season.ts';
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

/** Square metres of an area on its grid. */
const squareMetres = (aoi: Aoi): number =>
  aoi.type === 'circle' ? Math.PI * aoi.radiusM ** 2 : polygonsArea(aoi.polygons);

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
