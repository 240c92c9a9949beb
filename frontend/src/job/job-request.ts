import type { AoiInput, Bbox } from '../map/types.ts';

/** What was asked for, as far as the page shows it. */
export interface ShownRequest {
  area: AoiInput | null;
  season: string;
  year: number | null;
  model: string;
}

type Fields = Record<string, unknown>;
const fieldsOf = (value: unknown): Fields => (typeof value === 'object' && value !== null ? (value as Fields) : {});
const isNumber = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value);

function areaOf(value: unknown): AoiInput | null {
  const { type, lon, lat, radiusM, polygons } = fieldsOf(value);
  if (type === 'circle' && isNumber(lon) && isNumber(lat) && isNumber(radiusM)) return { lon, lat, radius_m: radiusM };
  if (type !== 'polygons' || !Array.isArray(polygons)) return null;
  return { type: 'MultiPolygon', coordinates: polygons as number[][][][] };
}

/** Reads the request of a job, which the API gives as it was kept. */
export function shownRequest(request: unknown): ShownRequest {
  const { aoi, season, year, model } = fieldsOf(request);
  return {
    area: areaOf(aoi),
    season: typeof season === 'string' ? season : '',
    year: isNumber(year) ? year : null,
    model: typeof model === 'string' ? model : '',
  };
}

const metresPerDegree = 111_320;

/** A box round an area, degrees, near enough to look at it. */
export function lookBox(area: AoiInput): Bbox {
  if ('radius_m' in area) {
    const dLat = area.radius_m / metresPerDegree;
    const dLon = dLat / Math.max(0.05, Math.cos((area.lat * Math.PI) / 180));
    return [area.lon - dLon, area.lat - dLat, area.lon + dLon, area.lat + dLat];
  }
  const rings = area.type === 'Polygon' ? area.coordinates : area.coordinates.flat();
  const box: Bbox = [Infinity, Infinity, -Infinity, -Infinity];
  for (const [x, y] of rings.flat()) {
    box[0] = Math.min(box[0], x);
    box[1] = Math.min(box[1], y);
    box[2] = Math.max(box[2], x);
    box[3] = Math.max(box[3], y);
  }
  return box;
}

/** The middle of an area, to name it by. */
export function middleOf(area: AoiInput): { lon: number; lat: number } {
  if ('radius_m' in area) return { lon: area.lon, lat: area.lat };
  const [west, south, east, north] = lookBox(area);
  return { lon: (west + east) / 2, lat: (south + north) / 2 };
}
