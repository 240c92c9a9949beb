import { GeoCropError } from './errors.ts';
import { centralMeridian, epsgOfUtm, utmZone } from './utm.ts';

/** Edge of a pixel, metres. */
export const pixelSize = 10;
/** Edge of a chunk, pixels: one internal tile of the result. */
export const chunkPixels = 512;
/** Edge of a chunk, metres; chunk lines are multiples of it in the grid's CRS. */
export const chunkMetres = chunkPixels * pixelSize;

/** A north-up block of square pixels in a CRS; the origin is the outer corner of its upper left pixel, metres. */
export interface GridWindow {
  epsg: number;
  originX: number;
  originY: number;
  pixelSize: number;
  width: number;
  height: number;
}

/** A window that is read beside others of the same area. */
export interface AreaWindow extends GridWindow {
  /** None of them wants anything south of here, metres. */
  south?: number | undefined;
}

/** One chunk of the fixed grid: column = easting / 5120, row = northing / 5120 (so rows grow northward). */
export interface ChunkId {
  epsg: number;
  col: number;
  row: number;
}

/** A box in a CRS, metres: [min x, min y, max x, max y]. */
export type Box = [number, number, number, number];

/** The EPSG code of the grid for an AOI with this centre (degrees). */
export function gridEpsg(lon: number, lat: number): number {
  if (Math.abs(lat) > 80)
    throw new GeoCropError('outside-grid', `latitude ${lat} is beyond 80 degrees, where the UTM grid ends`, {
      field: 'aoi',
    });
  return epsgOfUtm({ zone: utmZone(lon), north: lat >= 0 });
}

/** Refuses positions that are too far from the grid's central meridian to be mapped without distortion. */
export function assertInGrid(epsg: number, lon: number, lat: number): void {
  const meridian = centralMeridian(epsg % 100);
  const distance = Math.abs(((lon - meridian + 540) % 360) - 180);
  if (distance <= 4 && Math.abs(lat) <= 80) return;
  throw new GeoCropError(
    'outside-grid',
    `the area reaches ${lon.toFixed(3)}, ${lat.toFixed(3)}: more than 4 degrees from the central meridian ${meridian} of its grid (EPSG:${epsg}) or beyond 80 degrees of latitude; map it in smaller pieces`,
    { field: 'aoi' },
  );
}

/** The pixels of a chunk, widened on every side by `halo` pixels. */
export function chunkWindow({ epsg, col, row }: ChunkId, halo = 0): GridWindow {
  const side = chunkPixels + 2 * halo;
  return {
    epsg,
    originX: col * chunkMetres - halo * pixelSize,
    originY: (row + 1) * chunkMetres + halo * pixelSize,
    pixelSize,
    width: side,
    height: side,
  };
}

export function windowBox(window: GridWindow): Box {
  const { originX, originY, pixelSize: size, width, height } = window;
  return [originX, originY - height * size, originX + width * size, originY];
}

/** The chunks that touch a box, row by row from the north-west. A box that only touches a chunk line does not reach over it. */
export function chunksOfBox(epsg: number, [minX, minY, maxX, maxY]: Box): ChunkId[] {
  const chunks: ChunkId[] = [];
  const south = Math.floor(minY / chunkMetres);
  const east = Math.ceil(maxX / chunkMetres) - 1;
  for (let row = Math.ceil(maxY / chunkMetres) - 1; row >= south; row--)
    for (let col = Math.floor(minX / chunkMetres); col <= east; col++) chunks.push({ epsg, col, row });
  return chunks;
}

/** The smallest chunk-aligned window that holds all of the chunks. */
export function chunksExtent(chunks: readonly ChunkId[]): GridWindow {
  const cols = chunks.map((chunk) => chunk.col);
  const rows = chunks.map((chunk) => chunk.row);
  const [west, east, south, north] = [Math.min(...cols), Math.max(...cols), Math.min(...rows), Math.max(...rows)];
  return {
    epsg: chunks[0].epsg,
    originX: west * chunkMetres,
    originY: (north + 1) * chunkMetres,
    pixelSize,
    width: (east - west + 1) * chunkPixels,
    height: (north - south + 1) * chunkPixels,
  };
}
