import { GeoCropError } from '#shared/domain/errors.ts';
import { chunkMetres, chunkPixels, type ChunkId, type GridWindow } from '#shared/domain/grid.ts';
import { centralMeridian, fromUtm, toUtm, utmOfEpsg } from '#shared/domain/utm.ts';
import { chunkMask } from './chunk-pixels.ts';
import type { StitchPlan } from './stitch-plan.ts';

/** A pixel of a map. */
export interface MapPixel {
  /** In the map, from its north-west; may lie outside of it. */
  col: number;
  row: number;
  /** Its centre: degrees, and metres in the grid's CRS. */
  lon: number;
  lat: number;
  x: number;
  y: number;
  chunk: ChunkId;
  /** The pixel alone. */
  window: GridWindow;
  /** Its position in the chunk, row by row. */
  at: number;
  inside: boolean;
}

/** Far from its meridian the grid's projection gives no places any more. */
const maxDegrees = 6;

/** The pixel of a map's grid that holds a place (degrees), and whether it is of the area. */
export function pixelAt({ extent, request, tasks }: StitchPlan, place: { lon: number; lat: number }): MapPixel {
  const { epsg, originX, originY, pixelSize } = extent;
  const crs = utmOfEpsg(epsg)!;
  const distance = Math.abs(((place.lon - centralMeridian(epsg % 100) + 540) % 360) - 180);
  if (distance > maxDegrees || Math.abs(place.lat) > 84)
    throw new GeoCropError('invalid-request', 'the place is too far from the map to lie on its grid', { field: 'lon' });
  const [east, north] = toUtm(crs, place.lon, place.lat);
  const col = Math.floor((east - originX) / pixelSize);
  const row = Math.floor((originY - north) / pixelSize);
  const [x, y] = [originX + (col + 0.5) * pixelSize, originY - (row + 0.5) * pixelSize];
  const [lon, lat] = fromUtm(crs, x, y);
  const chunk = { epsg, col: Math.floor(x / chunkMetres), row: Math.floor(y / chunkMetres) };
  const at = mod(row, chunkPixels) * chunkPixels + mod(col, chunkPixels);
  const isPlanned = tasks.some((task) => task.chunk.col === chunk.col && task.chunk.row === chunk.row);
  return {
    ...{ col, row, lon, lat, x, y, chunk, at },
    window: { epsg, originX: x - pixelSize / 2, originY: y + pixelSize / 2, pixelSize, width: 1, height: 1 },
    inside: isPlanned && chunkMask(request.aoi, chunk)[at] === 1,
  };
}

/** A remainder that is never negative. */
const mod = (value: number, by: number) => ((value % by) + by) % by;
