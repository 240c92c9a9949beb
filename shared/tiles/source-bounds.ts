import type { GeoTransform } from '#shared/raster/geo-transform.ts';
import type { Projection } from './projection.ts';

/** West, south, east, north, degrees. West is never larger than east: what crosses the 180th meridian spans all. */
export type Bounds = [number, number, number, number];

export const wholeWorld: Bounds = [-180, -90, 180, 90];
const steps = 32;

/** Where pixels lie, and in which CRS. */
export interface Placement {
  projection: Projection;
  transform: GeoTransform;
  width: number;
  height: number;
}

function* outline({ transform, width, height }: Placement): Generator<[number, number]> {
  const { originX, originY, pixelWidth, pixelHeight } = transform;
  for (let i = 0; i <= steps; i++) {
    const [across, down] = [(i / steps) * width * pixelWidth, (i / steps) * height * pixelHeight];
    yield [originX + across, originY];
    yield [originX + across, originY - height * pixelHeight];
    yield [originX, originY - down];
    yield [originX + width * pixelWidth, originY - down];
  }
}

/** The box in degrees round an image: the positions of its outline, 33 on each side. */
export function boundsOf(placement: Placement): Bounds {
  const bounds: Bounds = [Infinity, Infinity, -Infinity, -Infinity];
  for (const [x, y] of outline(placement)) {
    const point = placement.projection.inverse(x, y);
    if (!point) return wholeWorld;
    bounds[0] = Math.min(bounds[0], point[0]);
    bounds[1] = Math.min(bounds[1], point[1]);
    bounds[2] = Math.max(bounds[2], point[0]);
    bounds[3] = Math.max(bounds[3], point[1]);
  }
  const [west, south, east, north] = bounds;
  if (west < -180 || east > 180 || east - west > 180) return [-180, Math.max(-90, south), 180, Math.min(90, north)];
  return [west, Math.max(-90, south), east, Math.min(90, north)];
}

/** The same with room for the bend of the outline between its positions. */
export function withRoom([west, south, east, north]: Bounds): Bounds {
  const room = 0.01 * Math.max(east - west, north - south) + 1e-6;
  return [west - room, south - room, east + room, north + room];
}
