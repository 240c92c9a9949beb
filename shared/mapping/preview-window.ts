import { aoiBox, aoiEpsg, type Aoi } from '#shared/domain/aoi.ts';
import { chunkPixels, pixelSize as gridPixel, type Box, type GridWindow } from '#shared/domain/grid.ts';

/** A preview has at most about so many pixels. */
const maxPixels = 128 * 128;
const coarsest = 640;

/**
 * The box of an area on the job's grid in coarse pixels: 20, 40 ... 640 m, the finest of at most 128 x 128 pixels in
 * all and of one tile, whose lines are multiples of the pixel's size. At 640 m there may be more.
 *
 * @returns null where a preview is pointless: the box has no more pixels of 10 m, or at 640 m is longer than a tile
 */
export function previewWindow(aoi: Aoi): GridWindow | null {
  const epsg = aoiEpsg(aoi);
  const box = aoiBox(aoi);
  if (isSmall(windowAt(epsg, box, gridPixel))) return null;
  let size = 2 * gridPixel;
  while (size < coarsest && !fits(windowAt(epsg, box, size))) size *= 2;
  const window = windowAt(epsg, box, size);
  return isOneTile(window) ? window : null;
}

const isOneTile = ({ width, height }: GridWindow) => Math.max(width, height) <= chunkPixels;
const fits = (window: GridWindow) => isSmall(window) && isOneTile(window);

const isSmall = ({ width, height }: GridWindow) => width * height <= maxPixels;

function windowAt(epsg: number, [west, south, east, north]: Box, pixelSize: number): GridWindow {
  const [left, top] = [Math.floor(west / pixelSize), Math.ceil(north / pixelSize)];
  const width = Math.max(1, Math.ceil(east / pixelSize) - left);
  const height = Math.max(1, top - Math.floor(south / pixelSize));
  return { epsg, originX: left * pixelSize, originY: top * pixelSize, pixelSize, width, height };
}
