import type { Footprint, LonLatBox, Rings, Scene } from './scene.ts';

/**
 * Degrees by which a footprint may fall short of its pixels: a tile's edge is straight in UTM, a polygon's in degrees,
 * and over 110 km the two part by some 300 m at 50 degrees of latitude.
 */
const margin = 0.005;

const polygons = (geometry: Footprint): Rings[] =>
  geometry.type === 'Polygon' ? [geometry.coordinates] : geometry.coordinates;

/** [west, south, east, north] of all vertices, degrees. */
export function footprintBox(geometry: Footprint): LonLatBox {
  const box: LonLatBox = [Infinity, Infinity, -Infinity, -Infinity];
  for (const [lon, lat] of polygons(geometry).flat(2)) {
    box[0] = Math.min(box[0], lon);
    box[1] = Math.min(box[1], lat);
    box[2] = Math.max(box[2], lon);
    box[3] = Math.max(box[3], lat);
  }
  return box;
}

/** Whether a segment meets a box, by clipping its parameter range against each side (Liang and Barsky 1984). */
function segmentMeetsBox([x0, y0]: number[], [x1, y1]: number[], [west, south, east, north]: LonLatBox): boolean {
  let [from, to] = [0, 1];
  const sides = [
    [x0 - x1, x0 - west],
    [x1 - x0, east - x0],
    [y0 - y1, y0 - south],
    [y1 - y0, north - y0],
  ];
  for (const [step, room] of sides) {
    if (step === 0 && room < 0) return false;
    if (step < 0) from = Math.max(from, room / step);
    if (step > 0) to = Math.min(to, room / step);
  }
  return from <= to;
}

/** Even-odd rule over all rings, so that a hole is outside. */
function contains(rings: Rings, x: number, y: number): boolean {
  let inside = false;
  for (const ring of rings)
    for (let i = 0, j = ring.length - 1; i < ring.length; j = i++) {
      const [[xi, yi], [xj, yj]] = [ring[i], ring[j]];
      if (yi > y !== yj > y && x < ((xj - xi) * (y - yi)) / (yj - yi) + xi) inside = !inside;
    }
  return inside;
}

function polygonMeetsBox(rings: Rings, box: LonLatBox): boolean {
  const edgeMeets = rings.some((ring) =>
    ring.some((vertex, i) => segmentMeetsBox(vertex, ring[(i + 1) % ring.length], box)),
  );
  return edgeMeets || contains(rings, box[0], box[1]);
}

/** Boxes that touch meet; a box with west > east goes over the antimeridian. */
export function boxesMeet(a: LonLatBox, [west, south, east, north]: LonLatBox): boolean {
  if (a[3] < south || north < a[1]) return false;
  return a[0] <= a[2] ? a[0] <= east && west <= a[2] : west <= a[2] || east >= a[0];
}

/**
 * Whether a scene may have pixels in a box of degrees (west <= east): its bbox meets it and, where it has a footprint,
 * so does the polygon. Errs towards yes: by 0.005 degrees, and for footprints that go over the antimeridian.
 */
export function intersects(scene: Pick<Scene, 'bbox' | 'geometry'>, [west, south, east, north]: LonLatBox): boolean {
  const box: LonLatBox = [west - margin, south - margin, east + margin, north + margin];
  if (!boxesMeet(scene.bbox, box)) return false;
  if (!scene.geometry || scene.bbox[0] > scene.bbox[2]) return true;
  const [polygonWest, , polygonEast] = footprintBox(scene.geometry);
  if (polygonEast - polygonWest > 180) return true;
  return polygons(scene.geometry).some((rings) => polygonMeetsBox(rings, box));
}
