import GeoJSON from 'ol/format/GeoJSON.js';
import { MultiPolygon, Polygon } from 'ol/geom.js';
import { fromLonLat, toLonLat, transformExtent } from 'ol/proj.js';
import type { Coordinate } from 'ol/coordinate.js';
import { geodesicCircle } from './geodesic.ts';
import type { AoiInput, AreaCircle, AreaGeojson, Bbox, LonLat } from './types.ts';

const format = new GeoJSON({ dataProjection: 'EPSG:4326', featureProjection: 'EPSG:3857' });
/** A centimetre at the equator: what a click can say is coarser. */
const decimals = 7;

export const isCircle = (area: AoiInput): area is AreaCircle => 'radius_m' in area;
export const toMap = (lonlat: LonLat): Coordinate => fromLonLat(lonlat);

/** The longitude of a map that was turned round the world, back between -180 and 180. */
export function toDegrees(coordinate: Coordinate): LonLat {
  const [lon, lat] = toLonLat(coordinate);
  return [Number(lon.toFixed(decimals)), Number(lat.toFixed(decimals))];
}

export const circleGeometry = (center: LonLat, radius: number): Polygon =>
  new Polygon([geodesicCircle(center, radius).map(toMap)]);

/** The shape of an area on the map; a circle by its radius on the ground. */
export function areaGeometry(area: AoiInput): Polygon | MultiPolygon {
  if (isCircle(area)) return circleGeometry([area.lon, area.lat], area.radius_m);
  return format.readGeometry(area) as Polygon | MultiPolygon;
}

/** A drawn shape as GeoJSON in degrees. */
export const areaOfGeometry = (geometry: Polygon | MultiPolygon): AreaGeojson =>
  format.writeGeometryObject(geometry, { decimals, rightHanded: true }) as AreaGeojson;

export const boxExtent = (bbox: Bbox) => transformExtent(bbox, 'EPSG:4326', 'EPSG:3857');
