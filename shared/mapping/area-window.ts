import { aoiBox, type Aoi } from '#shared/domain/aoi.ts';
import type { GridWindow } from '#shared/domain/grid.ts';
import type { PixelWindow } from '#shared/raster/raster-level.ts';

/**
 * The pixels of a map that the box of its area touches. The box may reach over the map's edge, by half a pixel or, with
 * polygons that hold no pixel's centre, by much: a chunk without a pixel of the area is not of the map.
 */
export function areaWindow(aoi: Aoi, { originX, originY, pixelSize, width, height }: GridWindow): PixelWindow {
  const [west, south, east, north] = aoiBox(aoi);
  const col = Math.max(0, Math.floor((west - originX) / pixelSize));
  const row = Math.max(0, Math.floor((originY - north) / pixelSize));
  return {
    col,
    row,
    width: Math.min(width, Math.ceil((east - originX) / pixelSize)) - col,
    height: Math.min(height, Math.ceil((originY - south) / pixelSize)) - row,
  };
}

/** The pixels of an overview that a window of the map touches, each `2 ** reductions` of the map's along. */
export function reducedWindow({ col, row, width, height }: PixelWindow, reductions: number): PixelWindow {
  const scale = 2 ** reductions;
  const [left, top] = [Math.floor(col / scale), Math.floor(row / scale)];
  return {
    col: left,
    row: top,
    width: Math.ceil((col + width) / scale) - left,
    height: Math.ceil((row + height) / scale) - top,
  };
}
