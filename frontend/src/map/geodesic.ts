import type { LonLat } from './types.ts';

/** WGS 84. */
const a = 6378137;
const f = 1 / 298.257223563;
const b = a * (1 - f);
const maxRounds = 100;

const radians = (degrees: number) => (degrees * Math.PI) / 180;
const degrees = (angle: number) => (angle * 180) / Math.PI;

/** The terms A and B of Vincenty's series (1975, equations 3 and 4) for the squared cosine of the azimuth at the equator. */
function series(cosSqAlpha: number): [number, number] {
  const u = (cosSqAlpha * (a * a - b * b)) / (b * b);
  return [
    1 + (u / 16384) * (4096 + u * (-768 + u * (320 - 175 * u))),
    (u / 1024) * (256 + u * (-128 + u * (74 - 47 * u))),
  ];
}

/** Vincenty's delta sigma (1975, equation 6). */
function deltaSigma(B: number, sigma: number, cos2m: number): number {
  const [sin, cos] = [Math.sin(sigma), Math.cos(sigma)];
  const inner = cos * (2 * cos2m ** 2 - 1) - (B / 6) * cos2m * (4 * sin ** 2 - 3) * (4 * cos2m ** 2 - 3);
  return B * sin * (cos2m + (B / 4) * inner);
}

/** The difference between the longitude on the auxiliary sphere and that on the ellipsoid (equations 10 and 11). */
function longitudeExcess(sinAlpha: number, cosSqAlpha: number, sigma: number, cos2m: number): number {
  const C = (f / 16) * cosSqAlpha * (4 + f * (4 - 3 * cosSqAlpha));
  const [sin, cos] = [Math.sin(sigma), Math.cos(sigma)];
  return (1 - C) * f * sinAlpha * (sigma + C * sin * (cos2m + C * cos * (2 * cos2m ** 2 - 1)));
}

/**
 * The point that lies `metres` from another along a geodesic of WGS 84 that leaves it at `azimuth` degrees east of
 * north: Vincenty's direct formula, exact to a millimetre.
 */
export function geodesicPoint([lon, lat]: LonLat, azimuth: number, metres: number): LonLat {
  const tanU = (1 - f) * Math.tan(radians(lat));
  const cosU = 1 / Math.hypot(1, tanU);
  const sinU = tanU * cosU;
  const [sinAz, cosAz] = [Math.sin(radians(azimuth)), Math.cos(radians(azimuth))];
  const sigma1 = Math.atan2(tanU, cosAz);
  const sinAlpha = cosU * sinAz;
  const [A, B] = series(1 - sinAlpha ** 2);
  let sigma = metres / (b * A);
  for (let round = 0; round < maxRounds; round++) {
    const next = metres / (b * A) + deltaSigma(B, sigma, Math.cos(2 * sigma1 + sigma));
    if (Math.abs(next - sigma) < 1e-13) break;
    sigma = next;
  }
  const [sin, cos] = [Math.sin(sigma), Math.cos(sigma)];
  const across = sinU * sin - cosU * cos * cosAz;
  const latitude = Math.atan2(sinU * cos + cosU * sin * cosAz, (1 - f) * Math.hypot(sinAlpha, across));
  const lambda = Math.atan2(sin * sinAz, cosU * cos - sinU * sin * cosAz);
  const excess = longitudeExcess(sinAlpha, 1 - sinAlpha ** 2, sigma, Math.cos(2 * sigma1 + sigma));
  return [lon + degrees(lambda - excess), degrees(latitude)];
}

/** Metres between two points along the geodesic of WGS 84: Vincenty's inverse formula; not for points nearly opposite. */
export function geodesicDistance(from: LonLat, to: LonLat): number {
  const L = radians(to[0] - from[0]);
  const [U1, U2] = [from, to].map(([, lat]) => Math.atan((1 - f) * Math.tan(radians(lat))));
  const [s1, c1, s2, c2] = [Math.sin(U1), Math.cos(U1), Math.sin(U2), Math.cos(U2)];
  let lambda = L;
  for (let round = 0; round < maxRounds; round++) {
    const sin = Math.hypot(c2 * Math.sin(lambda), c1 * s2 - s1 * c2 * Math.cos(lambda));
    if (sin === 0) return 0;
    const cos = s1 * s2 + c1 * c2 * Math.cos(lambda);
    const sigma = Math.atan2(sin, cos);
    const sinAlpha = (c1 * c2 * Math.sin(lambda)) / sin;
    const cosSqAlpha = 1 - sinAlpha ** 2;
    const cos2m = cosSqAlpha === 0 ? 0 : cos - (2 * s1 * s2) / cosSqAlpha;
    const next = L + longitudeExcess(sinAlpha, cosSqAlpha, sigma, cos2m);
    if (Math.abs(next - lambda) < 1e-13) {
      const [A, B] = series(cosSqAlpha);
      return b * A * (sigma - deltaSigma(B, sigma, cos2m));
    }
    lambda = next;
  }
  return NaN;
}

/** The ring of points `radius` metres round a centre, closed, anticlockwise. */
export function geodesicCircle(center: LonLat, radius: number, points = 90): LonLat[] {
  const ring = Array.from({ length: points }, (_, i) => geodesicPoint(center, 360 - (i * 360) / points, radius));
  return [...ring, ring[0]];
}
