import { centralMeridian, fromUtm, toUtm, utmOfEpsg } from '#shared/domain/utm.ts';
import type { Crs } from '#shared/raster/crs.ts';

type Point = readonly [number, number];

/** A raster's CRS against degrees (longitude first). Null: the position has no place there. */
export interface Projection {
  /** Whether x depends on the longitude alone and y on the latitude alone. */
  separable: boolean;
  forward(lon: number, lat: number): Point | null;
  inverse(x: number, y: number): Point | null;
}

const geographic = new Set([4326, 4258, 4269]);
const radius = 6378137;
const radians = (degrees: number) => (degrees * Math.PI) / 180;
const degrees = (value: number) => (value * 180) / Math.PI;

const longlat: Projection = {
  separable: true,
  forward: (lon, lat) => [lon, lat],
  inverse: (x, y) => [x, y],
};

/** EPSG:3857: the sphere's Mercator of geodetic latitude (IOGP 373-7-2, method 1024). */
const pseudoMercator: Projection = {
  separable: true,
  forward: (lon, lat) =>
    Math.abs(lat) < 90 ? [radius * radians(lon), radius * Math.asinh(Math.tan(radians(lat)))] : null,
  inverse: (x, y) => [degrees(x / radius), degrees(Math.atan(Math.sinh(y / radius)))],
};

/** Farther from the central meridian than this, degrees, the series for UTM says nothing of use. */
const utmReach = 30;

function utmProjection(epsg: number): Projection | null {
  const crs = utmOfEpsg(epsg);
  if (!crs) return null;
  const meridian = centralMeridian(crs.zone);
  const offset = (lon: number) => ((((lon - meridian + 180) % 360) + 360) % 360) - 180;
  return {
    separable: false,
    forward: (lon, lat) =>
      Math.abs(offset(lon)) <= utmReach && Math.abs(lat) < 90 ? toUtm(crs, meridian + offset(lon), lat) : null,
    inverse: (x, y) => fromUtm(crs, x, y),
  };
}

/** proj4 throws on some points outside of a projection and gives infinite numbers for others. */
function guarded(convert: (point: [number, number]) => number[]): (x: number, y: number) => Point | null {
  return (x, y) => {
    try {
      const [a, b] = convert([x, y]);
      return Number.isFinite(a) && Number.isFinite(b) ? [a, b] : null;
    } catch {
      return null;
    }
  };
}

async function otherProjection({ proj4: definition }: Crs): Promise<Projection> {
  const { default: proj4 } = await import('proj4');
  const converter = proj4('+proj=longlat +datum=WGS84 +no_defs', definition);
  return {
    separable: false,
    forward: guarded((point) => converter.forward(point)),
    inverse: guarded((point) => converter.inverse(point)),
  };
}

/**
 * How positions in degrees (WGS 84; ETRS89 and NAD83 count as equal) lie in a CRS. Degrees, EPSG:3857 and UTM are
 * computed here, exact to a micrometre within 4 degrees of the central meridian; proj4 is loaded for all others.
 */
export async function projectionOf(crs: Crs): Promise<Projection> {
  if (crs.epsg !== null && geographic.has(crs.epsg)) return longlat;
  if (crs.epsg === 3857) return pseudoMercator;
  return (crs.epsg === null ? null : utmProjection(crs.epsg)) ?? otherProjection(crs);
}
