import type { PixelSource, SourceLevel } from './pixel-source.ts';

const a = 6378137;
const f = 1 / 298.257223563;
const e = Math.sqrt(f * (2 - f));
const b = a * (1 - f);
const radians = (degrees: number) => (degrees * Math.PI) / 180;

/** Area from the equator to a latitude, per radian of longitude, m2 (Snyder 1987, equation 3-12 times a2 (1 - e2) / 2). */
function zone(latitude: number): number {
  const s = Math.sin(radians(latitude));
  return (b ** 2 / 2) * (s / (1 - (e * s) ** 2) + Math.atanh(e * s) / e);
}

/**
 * The area of one pixel by its row, square metres. Where the CRS is degrees or Mercator: the true area on the WGS 84
 * ellipsoid. Elsewhere the area in the CRS, as in the reports of jobs: of UTM it is within 0.1 % of the ground.
 */
export function pixelAreas({ projection }: PixelSource, { transform }: SourceLevel): (row: number) => number {
  const { originX, originY, pixelWidth, pixelHeight } = transform;
  if (!projection.separable) return () => pixelWidth * pixelHeight;
  return (row) => {
    const upper = projection.inverse(originX, originY - row * pixelHeight);
    const lower = projection.inverse(originX + pixelWidth, originY - (row + 1) * pixelHeight);
    if (!upper || !lower) return NaN;
    return radians(lower[0] - upper[0]) * (zone(upper[1]) - zone(lower[1]));
  };
}
