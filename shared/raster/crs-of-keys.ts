import { brokenScene } from './broken-scene.ts';
import { crsOfEpsg, type Crs } from './crs.ts';
import { datumOfKeys } from './datum-of-keys.ts';
import type { GeoKeys } from './geo-keys.ts';

const userDefined = 32767;
const keys = {
  modelType: 1024,
  citation: 1026,
  geographicType: 2048,
  projectedType: 3072,
  projection: 3074,
  projCitation: 3073,
  method: 3075,
  linearUnits: 3076,
  linearUnitSize: 3077,
};

/** A method's proj4 name, and where each of its parameters may lie among the keys (the first present counts). */
type Method = [name: string, parameters: Readonly<Record<string, readonly number[]>>];

const falseOrigin = { x_0: [3082, 3086, 3090], y_0: [3083, 3087, 3091] };
const origin = { lat_0: [3081, 3085, 3089], lon_0: [3080, 3084, 3088] };
const scale = { k: [3092, 3093] };
const parallels = { lat_1: [3078], lat_2: [3079] };

/** GeoTIFF 1.1 coordinate transformation codes (section 7.4.4) that proj4 can compute. */
const methods: Readonly<Record<number, Method>> = {
  1: ['tmerc', { ...origin, ...scale, ...falseOrigin }],
  7: ['merc', { lon_0: origin.lon_0, lat_ts: [3078], ...scale, ...falseOrigin }],
  8: ['lcc', { ...origin, ...parallels, ...falseOrigin }],
  9: ['lcc', { ...origin, lat_1: [3081], ...scale, ...falseOrigin }],
  10: ['laea', { lat_0: [3089, 3081], lon_0: [3088, 3080], ...falseOrigin }],
  11: ['aea', { ...origin, ...parallels, ...falseOrigin }],
  12: ['aeqd', { lat_0: [3089, 3081], lon_0: [3088, 3080], ...falseOrigin }],
  13: ['eqdc', { ...origin, ...parallels, ...falseOrigin }],
  24: ['sinu', { lon_0: [3088, 3080], ...falseOrigin }],
  28: ['cea', { lat_ts: [3078], lon_0: origin.lon_0, ...falseOrigin }],
};

/** Degrees within the globe, a positive scale, and false origins that coordinates can have. */
function plausible(parameter: string, value: number): boolean {
  if (parameter === 'k') return value > 0.1 && value < 10;
  const limit = parameter.startsWith('lat') ? 90 : parameter.startsWith('lon') ? 360 : 1e9;
  return Math.abs(value) <= limit;
}

function projection(name: string, geoKeys: GeoKeys): string {
  const code = geoKeys.number(keys.method);
  const method = code === undefined ? undefined : methods[code];
  if (!method) throw brokenScene(name, `its projection (GeoTIFF method ${code ?? 'not named'}) is not supported`);
  const parts = Object.entries(method[1]).map(([parameter, candidates]) => {
    const value = candidates.map((key) => geoKeys.number(key)).find((found) => found !== undefined);
    if (value !== undefined && !plausible(parameter, value)) throw brokenScene(name, 'its projection is damaged');
    return value === undefined ? '' : ` +${parameter}=${value}`;
  });
  return `+proj=${method[0]}${parts.join('')}`;
}

/** Projection codes of UTM zones: 160zz north, 161zz south. */
function utmProjection(code: number | undefined): string | null {
  const zone = (code ?? 0) % 100;
  const base = (code ?? 0) - zone;
  if ((base !== 16000 && base !== 16100) || zone < 1 || zone > 60) return null;
  return `+proj=utm +zone=${zone}${base === 16100 ? ' +south' : ''}`;
}

function assertMetres(name: string, geoKeys: GeoKeys): void {
  const unit = geoKeys.number(keys.linearUnits) ?? 9001;
  if (unit === 9001 || (unit === userDefined && geoKeys.number(keys.linearUnitSize) === 1)) return;
  throw brokenScene(name, `its coordinates are in unit ${unit}, and only metres are supported`);
}

function byCode(name: string, code: number): Crs {
  const crs = crsOfEpsg(code);
  if (crs) return crs;
  throw brokenScene(
    name,
    `its coordinate reference system EPSG:${code} is not supported; warp the file to UTM (gdalwarp -t_srs)`,
  );
}

function projectedCrs(name: string, geoKeys: GeoKeys): Crs {
  assertMetres(name, geoKeys);
  const code = geoKeys.number(keys.projectedType);
  if (code !== undefined && code !== userDefined) return byCode(name, code);
  const base = utmProjection(geoKeys.number(keys.projection)) ?? projection(name, geoKeys);
  const proj4 = `${base} ${datumOfKeys(name, geoKeys)} +units=m +no_defs`;
  return { epsg: null, proj4, name: geoKeys.text(keys.citation) ?? geoKeys.text(keys.projCitation) ?? 'user-defined' };
}

function geographicCrs(name: string, geoKeys: GeoKeys): Crs {
  const code = geoKeys.number(keys.geographicType);
  if (code !== undefined && code !== userDefined) return byCode(name, code);
  const proj4 = `+proj=longlat ${datumOfKeys(name, geoKeys)} +no_defs`;
  return { epsg: null, proj4, name: geoKeys.text(keys.citation) ?? 'user-defined' };
}

/** The CRS that a file's keys describe: an EPSG code, or a projection with its own parameters (metres, Greenwich). */
export function crsOfKeys(name: string, geoKeys: GeoKeys): Crs {
  const modelType = geoKeys.number(keys.modelType) ?? (geoKeys.number(keys.projectedType) === undefined ? 2 : 1);
  if (modelType === 1) return projectedCrs(name, geoKeys);
  if (modelType === 2) return geographicCrs(name, geoKeys);
  throw brokenScene(name, 'its coordinates are neither projected nor geographic');
}
