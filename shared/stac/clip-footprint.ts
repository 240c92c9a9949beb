import { footprintBox } from './footprint.ts';
import type { Footprint, LonLatBox, Rings } from './scene.ts';

type Point = number[];

/** Keeps the part of a ring on one side of an axis-parallel line (Sutherland and Hodgman 1974). */
function clipSide(ring: Point[], axis: 0 | 1, limit: number, sign: 1 | -1): Point[] {
  const inside = (point: Point) => sign * (point[axis] - limit) >= 0;
  const cross = (a: Point, b: Point): Point => {
    const share = (limit - a[axis]) / (b[axis] - a[axis]);
    const other = a[1 - axis] + share * (b[1 - axis] - a[1 - axis]);
    return axis === 0 ? [limit, other] : [other, limit];
  };
  return ring.flatMap((point, i) => {
    const previous = ring[(i + ring.length - 1) % ring.length];
    const entering = inside(point) !== inside(previous) ? [cross(previous, point)] : [];
    return inside(point) ? [...entering, point] : entering;
  });
}

function clipRing(closed: Point[], [west, south, east, north]: LonLatBox): Point[] {
  let ring = closed.slice(0, -1).map((point) => point.slice(0, 2));
  ring = clipSide(ring, 0, west, 1);
  ring = clipSide(ring, 0, east, -1);
  ring = clipSide(ring, 1, south, 1);
  ring = clipSide(ring, 1, north, -1);
  return ring.length < 3 ? [] : [...ring, ring[0]];
}

/** The part of a footprint inside a box, degrees; null where nothing is left. */
export function clipFootprint(geometry: Footprint, box: LonLatBox): { geometry: Footprint; bbox: LonLatBox } | null {
  const polygons = geometry.type === 'Polygon' ? [geometry.coordinates] : geometry.coordinates;
  const kept: Rings[] = polygons
    .map((rings) => rings.map((ring) => clipRing(ring, box)).filter((ring) => ring.length > 0))
    .filter((rings) => rings.length > 0);
  if (kept.length === 0) return null;
  const clipped: Footprint =
    kept.length === 1 ? { type: 'Polygon', coordinates: kept[0] } : { type: 'MultiPolygon', coordinates: kept };
  return { geometry: clipped, bbox: footprintBox(clipped) };
}
