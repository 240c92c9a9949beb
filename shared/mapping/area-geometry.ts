import { aoiBox, aoiEpsg, type Aoi } from '#shared/domain/aoi.ts';
import type { Position } from '#shared/domain/ring.ts';
import { fromUtm, utmOfEpsg } from '#shared/domain/utm.ts';

const circleVertices = 64;
const rounded = (degrees: number) => Math.round(degrees * 1e7) / 1e7;

/** An AOI as a GeoJSON geometry in degrees; a circle becomes a polygon of 64 vertices, counter-clockwise. */
export function areaGeometry(aoi: Aoi) {
  if (aoi.type === 'polygons')
    return aoi.polygons.length === 1
      ? { type: 'Polygon' as const, coordinates: aoi.polygons[0] }
      : { type: 'MultiPolygon' as const, coordinates: aoi.polygons };
  const crs = utmOfEpsg(aoiEpsg(aoi))!;
  const [west, south, east, north] = aoiBox(aoi);
  const ring = Array.from({ length: circleVertices + 1 }, (_, i): Position => {
    const angle = (2 * Math.PI * (i % circleVertices)) / circleVertices;
    const x = (west + east) / 2 + aoi.radiusM * Math.cos(angle);
    const y = (south + north) / 2 + aoi.radiusM * Math.sin(angle);
    const [lon, lat] = fromUtm(crs, x, y);
    return [rounded(lon), rounded(lat)];
  });
  return { type: 'Polygon' as const, coordinates: [ring] };
}
