import { aoiBox, boxOf, type Aoi } from './aoi.ts';
import { windowBox, type Box, type GridWindow } from './grid.ts';
import type { Position } from './ring.ts';
import { toUtm, utmOfEpsg } from './utm.ts';

/**
 * The pixels of a window whose centre lies in the AOI: 1 inside, 0 outside, row by row from the north-west. A circle
 * is measured in the window's CRS; polygon edges are straight there. The window's CRS must be the AOI's grid.
 */
export const aoiMask = (aoi: Aoi, window: GridWindow): Uint8Array => aoiMasks(aoi, window.epsg)(window);

/** `aoiMask` for many windows of one CRS, the AOI's grid: its vertices are projected once. */
export function aoiMasks(aoi: Aoi, epsg: number): (window: GridWindow) => Uint8Array {
  const fill = aoi.type === 'circle' ? circleFill(aoiBox(aoi), aoi.radiusM) : polygonsFill(aoi.polygons, epsg);
  return (window) => {
    const mask = new Uint8Array(window.width * window.height);
    fill(mask, window);
    return mask;
  };
}

type Fill = (mask: Uint8Array, window: GridWindow) => void;

const circleFill =
  (box: Box, radius: number): Fill =>
  (mask, window) =>
    fillCircle(mask, window, box, radius);

function polygonsFill(polygons: readonly Position[][][], epsg: number): Fill {
  const crs = utmOfEpsg(epsg)!;
  const projected = polygons.map((polygon) => {
    const rings = polygon.map((ring) => ring.map(([lon, lat]) => toUtm(crs, lon, lat)));
    return { rings, box: boxOf(rings.flat()) };
  });
  return (mask, window) => {
    const seen = windowBox(window);
    for (const { rings, box } of projected) if (!misses(box, seen)) fillPolygon(mask, window, rings);
  };
}

const misses = (a: Box, b: Box) => a[2] < b[0] || a[0] > b[2] || a[3] < b[1] || a[1] > b[3];

const centreX = (window: GridWindow, col: number) => window.originX + (col + 0.5) * window.pixelSize;
const centreY = (window: GridWindow, row: number) => window.originY - (row + 0.5) * window.pixelSize;

function fillCircle(mask: Uint8Array, window: GridWindow, box: readonly number[], radius: number): void {
  const [x, y] = [(box[0] + box[2]) / 2, (box[1] + box[3]) / 2];
  for (let row = 0; row < window.height; row++) {
    const dy = centreY(window, row) - y;
    if (Math.abs(dy) > radius) continue;
    const reach = Math.sqrt(radius ** 2 - dy ** 2);
    fillSpan(mask, window, row, x - reach, x + reach);
  }
}

/** Sets the pixels of a row whose centre lies in [from, to]. */
function fillSpan(mask: Uint8Array, window: GridWindow, row: number, from: number, to: number): void {
  const first = Math.max(0, Math.ceil((from - centreX(window, 0)) / window.pixelSize));
  const last = Math.min(window.width - 1, Math.floor((to - centreX(window, 0)) / window.pixelSize));
  if (last >= first) mask.fill(1, row * window.width + first, row * window.width + last + 1);
}

/** Even-odd scan conversion: holes are rings like any other. */
function fillPolygon(mask: Uint8Array, window: GridWindow, rings: Position[][]): void {
  const crossings: number[][] = Array.from({ length: window.height }, () => []);
  for (const ring of rings) for (let i = 1; i < ring.length; i++) addEdge(crossings, window, ring[i - 1], ring[i]);
  crossings.forEach((xs, row) => {
    xs.sort((a, b) => a - b);
    for (let i = 0; i + 1 < xs.length; i += 2) fillSpan(mask, window, row, xs[i], xs[i + 1]);
  });
}

/** Notes where an edge crosses the centre line of each row; the upper end counts, the lower does not. */
function addEdge(crossings: number[][], window: GridWindow, a: Position, b: Position): void {
  if (a[1] === b[1]) return;
  const [top, bottom] = a[1] > b[1] ? [a, b] : [b, a];
  const slope = (bottom[0] - top[0]) / (bottom[1] - top[1]);
  const first = Math.max(0, Math.ceil((window.originY - top[1]) / window.pixelSize - 0.5));
  for (let row = first; row < window.height; row++) {
    const y = centreY(window, row);
    if (y <= bottom[1]) break;
    crossings[row].push(top[0] + slope * (y - top[1]));
  }
}
