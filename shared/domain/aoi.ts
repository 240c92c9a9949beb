import { gridEpsg, type Box } from './grid.ts';
import type { Position } from './ring.ts';
import { centralMeridian, fromUtm, toUtm, utmOfEpsg } from './utm.ts';

/** An area of interest: a circle in the grid's CRS, or polygons in degrees, longitude first. */
export type Aoi =
  { type: 'circle'; lon: number; lat: number; radiusM: number } | { type: 'polygons'; polygons: Position[][][] };

/** The smallest box that holds positions. */
export function boxOf(positions: readonly Position[]): Box {
  const box: Box = [Infinity, Infinity, -Infinity, -Infinity];
  for (const [x, y] of positions) growBox(box, x, y);
  return box;
}

function growBox(box: Box, x: number, y: number): void {
  box[0] = Math.min(box[0], x);
  box[1] = Math.min(box[1], y);
  box[2] = Math.max(box[2], x);
  box[3] = Math.max(box[3], y);
}

function polygonsEpsg(polygons: Position[][][]): number {
  const [west, south, east, north] = boxOf(polygons.flat(2));
  return gridEpsg((west + east) / 2, (south + north) / 2);
}

/** EPSG code of the grid on which an AOI is mapped: that of its centre. */
export function aoiEpsg(aoi: Aoi): number {
  return aoi.type === 'circle' ? gridEpsg(aoi.lon, aoi.lat) : polygonsEpsg(aoi.polygons);
}

/** Bounding box of an AOI in its grid's CRS, metres. */
export function aoiBox(aoi: Aoi): Box {
  const crs = utmOfEpsg(aoiEpsg(aoi))!;
  if (aoi.type === 'circle') {
    const [x, y] = toUtm(crs, aoi.lon, aoi.lat);
    return [x - aoi.radiusM, y - aoi.radiusM, x + aoi.radiusM, y + aoi.radiusM];
  }
  return boxOf(aoi.polygons.flat(2).map(([x, y]) => toUtm(crs, x, y)));
}

/**
 * The smallest box in degrees that holds a box of a UTM CRS. Away from the central meridian parallels bend towards the
 * pole; away from the equator meridians bend towards the central one: the extremes lie at corners or on those two lines.
 */
export function degreesOfBox(epsg: number, [minX, minY, maxX, maxY]: Box): Box {
  const crs = utmOfEpsg(epsg)!;
  const [meridian, equator] = toUtm(crs, centralMeridian(crs.zone), 0);
  const box: Box = [Infinity, Infinity, -Infinity, -Infinity];
  for (const x of [minX, Math.min(maxX, Math.max(minX, meridian)), maxX])
    for (const y of [minY, Math.min(maxY, Math.max(minY, equator)), maxY]) growBox(box, ...fromUtm(crs, x, y));
  return box;
}
