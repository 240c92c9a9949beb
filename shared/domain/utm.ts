/**
 * Transverse Mercator by Krueger's series in the third flattening n, to n^4 (Karney 2011, equations 35 and 36):
 * errors below a micrometre within 4 degrees of the central meridian. WGS 84, UTM constants.
 */
const a = 6378137;
const f = 1 / 298.257223563;
const n = f / (2 - f);
const e = Math.sqrt(f * (2 - f));
const rectifyingRadius = (a / (1 + n)) * (1 + n ** 2 / 4 + n ** 4 / 64);
const k0 = 0.9996;
const falseEasting = 500_000;
const falseNorthing = 10_000_000;

const alpha = [
  n / 2 - (2 / 3) * n ** 2 + (5 / 16) * n ** 3 + (41 / 180) * n ** 4,
  (13 / 48) * n ** 2 - (3 / 5) * n ** 3 + (557 / 1440) * n ** 4,
  (61 / 240) * n ** 3 - (103 / 140) * n ** 4,
  (49561 / 161280) * n ** 4,
];
const beta = [
  n / 2 - (2 / 3) * n ** 2 + (37 / 96) * n ** 3 - (1 / 360) * n ** 4,
  (1 / 48) * n ** 2 + (1 / 15) * n ** 3 - (437 / 1440) * n ** 4,
  (17 / 480) * n ** 3 - (37 / 840) * n ** 4,
  (4397 / 161280) * n ** 4,
];

const radians = (degrees: number) => (degrees * Math.PI) / 180;
const degrees = (radians: number) => (radians * 180) / Math.PI;

/** UTM zone number (1-60) of a longitude in degrees, by the plain six-degree rule. */
export const utmZone = (lon: number): number => Math.min(60, Math.floor((lon + 180) / 6) + 1);

/** Central meridian of a UTM zone, degrees east. */
export const centralMeridian = (zone: number): number => zone * 6 - 183;

export interface UtmCrs {
  zone: number;
  north: boolean;
}

/** EPSG code of a WGS 84 UTM zone: 326xx north, 327xx south of the equator. */
export const epsgOfUtm = ({ zone, north }: UtmCrs): number => (north ? 32600 : 32700) + zone;

/** The zone and hemisphere of EPSG 326xx and 327xx; null for any other code. */
export function utmOfEpsg(epsg: number): UtmCrs | null {
  const zone = epsg % 100;
  const base = epsg - zone;
  if ((base !== 32600 && base !== 32700) || !Number.isInteger(zone) || zone < 1 || zone > 60) return null;
  return { zone, north: base === 32600 };
}

function conformalTangent(tau: number): number {
  const sigma = Math.sinh(e * Math.atanh((e * tau) / Math.hypot(1, tau)));
  return tau * Math.hypot(1, sigma) - sigma * Math.hypot(1, tau);
}

/** Geographic degrees (longitude first) to easting and northing in metres. */
export function toUtm({ zone, north }: UtmCrs, lon: number, lat: number): [number, number] {
  const lambda = radians(lon - centralMeridian(zone));
  const tauPrime = conformalTangent(Math.tan(radians(lat)));
  const xiPrime = Math.atan2(tauPrime, Math.cos(lambda));
  const etaPrime = Math.asinh(Math.sin(lambda) / Math.hypot(tauPrime, Math.cos(lambda)));
  let xi = xiPrime;
  let eta = etaPrime;
  alpha.forEach((coefficient, i) => {
    const k = 2 * (i + 1);
    xi += coefficient * Math.sin(k * xiPrime) * Math.cosh(k * etaPrime);
    eta += coefficient * Math.cos(k * xiPrime) * Math.sinh(k * etaPrime);
  });
  const scale = k0 * rectifyingRadius;
  return [falseEasting + scale * eta, (north ? 0 : falseNorthing) + scale * xi];
}

/** Easting and northing in metres to geographic degrees, longitude first. */
export function fromUtm({ zone, north }: UtmCrs, easting: number, northing: number): [number, number] {
  const scale = k0 * rectifyingRadius;
  const xi = (northing - (north ? 0 : falseNorthing)) / scale;
  const eta = (easting - falseEasting) / scale;
  let xiPrime = xi;
  let etaPrime = eta;
  beta.forEach((coefficient, i) => {
    const k = 2 * (i + 1);
    xiPrime -= coefficient * Math.sin(k * xi) * Math.cosh(k * eta);
    etaPrime -= coefficient * Math.cos(k * xi) * Math.sinh(k * eta);
  });
  const tauPrime = Math.sin(xiPrime) / Math.hypot(Math.sinh(etaPrime), Math.cos(xiPrime));
  const lambda = Math.atan2(Math.sinh(etaPrime), Math.cos(xiPrime));
  return [centralMeridian(zone) + degrees(lambda), degrees(Math.atan(geodeticTangent(tauPrime)))];
}

/** Newton's method on the conformal latitude (Karney 2011, equations 19-21); two steps reach machine precision. */
function geodeticTangent(tauPrime: number): number {
  let tau = tauPrime / (1 - e ** 2);
  for (let step = 0; step < 5; step++) {
    const current = conformalTangent(tau);
    const slope = (1 + (1 - e ** 2) * tau ** 2) / ((1 - e ** 2) * Math.hypot(1, current) * Math.hypot(1, tau));
    const delta = (tauPrime - current) * slope;
    tau += delta;
    if (Math.abs(delta) < 1e-14 * Math.max(1, Math.abs(tau))) break;
  }
  return tau;
}
