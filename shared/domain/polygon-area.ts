import { aoiEpsg } from './aoi.ts';
import { sweepRings } from './ring-sweep.ts';
import { ringArea, type Position } from './ring.ts';
import { toUtm, utmOfEpsg } from './utm.ts';

/**
 * Square metres of polygons in degrees on their grid. What lies in how many rings of a polygon decides, as it does for
 * the mask: a hole that is given twice is none, one outside its shell adds to it. Polygons that overlap count twice.
 */
export function polygonsArea(polygons: Position[][][]): number {
  const crs = utmOfEpsg(aoiEpsg({ type: 'polygons', polygons }))!;
  const project = ([lon, lat]: Position) => toUtm(crs, lon, lat);
  return polygons.reduce((sum, rings) => sum + polygonArea(rings, project), 0);
}

function polygonArea(rings: Position[][], project: (place: Position) => Position): number {
  if (rings.length === 1) return ringArea(rings[0].map(project));
  let twice = 0;
  sweepRings(rings, (from, to) => {
    const [a, b] = [project(from), project(to)];
    twice += a[0] * b[1] - b[0] * a[1];
  });
  return twice / 2;
}
