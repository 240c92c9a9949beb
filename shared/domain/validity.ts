import { aoiBox, aoiEpsg, degreesOfBox, type Aoi } from './aoi.ts';
import type { Position } from './ring.ts';

/** Polygons in degrees, each a shell and its holes. */
export type Polygons = readonly (readonly (readonly Position[])[])[];

/** Even-odd rule over a shell and its holes. */
function inPolygon(rings: readonly (readonly Position[])[], [x, y]: Position): boolean {
  let inside = false;
  for (const ring of rings)
    for (let i = 1; i < ring.length; i++) {
      const [[x1, y1], [x2, y2]] = [ring[i - 1], ring[i]];
      if (y1 > y !== y2 > y && x < ((x2 - x1) * (y - y1)) / (y2 - y1) + x1) inside = !inside;
    }
  return inside;
}

/** Whether an AOI lies in a region: all corners and the centre of the box round it do. */
export function aoiWithin(aoi: Aoi, polygons: Polygons): boolean {
  const [west, south, east, north] = degreesOfBox(aoiEpsg(aoi), aoiBox(aoi));
  const corners: Position[] = [
    [west, south],
    [west, north],
    [east, south],
    [east, north],
    [(west + east) / 2, (south + north) / 2],
  ];
  return corners.every((corner) => polygons.some((rings) => inPolygon(rings, corner)));
}
