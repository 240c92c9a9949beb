import { brokenScene } from './broken-scene.ts';
import type { GeoKeys } from './geo-keys.ts';

const userDefined = 32767;
const keys = {
  geographicType: 2048,
  primeMeridian: 2051,
  angularUnits: 2054,
  ellipsoid: 2056,
  semiMajor: 2057,
  semiMinor: 2058,
  inverseFlattening: 2059,
  primeMeridianLongitude: 2061,
  toWgs84: 2062,
};

const wgs84 = '+datum=WGS84';
const osgb36 = '+ellps=airy +towgs84=446.448,-125.157,542.06,0.15,0.247,0.842,-20.489';
/** Geographic CRS codes with their way to WGS 84. */
const geographic: Readonly<Record<number, string>> = {
  4326: wgs84,
  4258: '+ellps=GRS80 +towgs84=0,0,0,0,0,0,0',
  4269: '+ellps=GRS80 +towgs84=0,0,0,0,0,0,0',
  4277: osgb36,
};

/** Ellipsoid codes: semi-major axis in metres and inverse flattening, as in the EPSG registry. */
const ellipsoids: Readonly<Record<number, [number, number]>> = {
  7001: [6377563.396, 299.3249646],
  7004: [6377397.155, 299.1528128],
  7019: [6378137, 298.257222101],
  7022: [6378388, 297],
  7030: [6378137, 298.257223563],
};

function axes(name: string, geoKeys: GeoKeys): [number, number] {
  const known = ellipsoids[geoKeys.number(keys.ellipsoid) ?? userDefined];
  if (known) return known;
  const a = geoKeys.number(keys.semiMajor) ?? NaN;
  const b = geoKeys.number(keys.semiMinor);
  const inverse = geoKeys.number(keys.inverseFlattening) ?? (b === undefined ? NaN : a === b ? 0 : a / (a - b));
  if (a > 6e6 && a < 7e6 && (inverse === 0 || (inverse > 200 && inverse < 400))) return [a, inverse];
  throw brokenScene(name, 'its coordinate reference system has an ellipsoid that cannot be understood');
}

function assertGreenwich(name: string, geoKeys: GeoKeys): void {
  const meridian = geoKeys.number(keys.primeMeridian) ?? 8901;
  const longitude = geoKeys.number(keys.primeMeridianLongitude) ?? 0;
  const unit = geoKeys.number(keys.angularUnits) ?? 9102;
  if ((meridian === 8901 || meridian === userDefined) && longitude === 0 && unit === 9102) return;
  throw brokenScene(name, 'its coordinate reference system does not count degrees from Greenwich');
}

/**
 * The datum part of a proj4 definition. A datum shift (3 or 7 parameters, position vector) is used where the file has
 * one; a datum that is known by its ellipsoid only is taken as WGS 84, as PROJ does.
 */
export function datumOfKeys(name: string, geoKeys: GeoKeys): string {
  assertGreenwich(name, geoKeys);
  const known = geographic[geoKeys.number(keys.geographicType) ?? userDefined];
  if (known) return known;
  const [a, inverse] = axes(name, geoKeys);
  const shift = geoKeys.numbers(keys.toWgs84)?.filter(Number.isFinite) ?? [];
  const ellipsoid = inverse === 0 ? `+a=${a} +b=${a}` : `+a=${a} +rf=${inverse}`;
  if (shift.length === 3 || shift.length === 7) return `${ellipsoid} +towgs84=${shift.join()}`;
  return a === 6378137 && Math.abs(inverse - 298.257) < 1e-3 ? wgs84 : ellipsoid;
}
