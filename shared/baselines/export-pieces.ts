import { GeoCropError } from '#shared/domain/errors.ts';
import { degreesOfBox } from '#shared/domain/aoi.ts';
import { windowBox, type Box, type GridWindow } from '#shared/domain/grid.ts';
import { utmOfEpsg } from '#shared/domain/utm.ts';
import { openRaster, type Raster } from '#shared/raster/raster.ts';
import type { OpenSource } from '#shared/raster/source.ts';

/** One file of an export and where its pixels lie on the grid that all of them share. */
export interface Piece {
  raster: Raster;
  col: number;
  row: number;
}

export interface Pieces {
  pieces: Piece[];
  /** The smallest window that holds all of them; in EPSG:4326 its sizes are degrees. */
  window: GridWindow;
}

/** Pixels by which a piece may be off the grid: what the rounding of its georeference makes. */
const slack = 0.01;
const maxSide = 2 ** 18;
const maxPixels = 2 ** 36;

const refuse = (message: string, cause?: unknown) =>
  new GeoCropError('invalid-source', message, { field: 'files', cause });

/**
 * Opens the files of an export and lays them on one grid. Refuses a file that cannot be read, has more than one band,
 * is neither in EPSG:4326 nor in a UTM zone of WGS 84, or does not share CRS, pixel size and pixel lines with the first.
 */
export async function openPieces(paths: readonly string[], open: OpenSource, signal?: AbortSignal): Promise<Pieces> {
  if (paths.length === 0) throw refuse('name at least one GeoTIFF of the export');
  const rasters: Raster[] = [];
  for (const path of [...paths].sort()) rasters.push(await openPiece(path, open, signal));
  const [first] = rasters;
  for (const raster of rasters) checkLike(raster, first);
  return layOut(rasters);
}

async function openPiece(path: string, open: OpenSource, signal?: AbortSignal): Promise<Raster> {
  try {
    const raster = await openRaster(open(path), signal);
    checkPiece(raster);
    return raster;
  } catch (error) {
    if (!(error instanceof GeoCropError) || error.code !== 'broken-scene') throw error;
    // Its last sentence advises on scenes.
    throw refuse(`${error.message.split('. Replace')[0]}. Export it again, or leave it out.`, error);
  }
}

function checkPiece({ name, bands, crs, transform }: Raster): void {
  if (bands !== 1) throw refuse(`${name} has ${bands} bands; export the one band with the classes`);
  const isKnown = crs.epsg === 4326 || (crs.epsg !== null && utmOfEpsg(crs.epsg) !== null);
  if (!isKnown) throw refuse(`${name} is in ${crs.name}; export it in EPSG:4326 or in a UTM zone of WGS 84`);
  const { pixelWidth, pixelHeight } = transform;
  if (Math.abs(pixelWidth - pixelHeight) > pixelWidth * 1e-6)
    throw refuse(
      `${name} has pixels of ${pixelWidth} x ${pixelHeight}; export it with square pixels (scale, not a fixed size)`,
    );
}

function checkLike(raster: Raster, first: Raster): void {
  const { name, crs, transform, width, height } = raster;
  if (crs.epsg !== first.crs.epsg)
    throw refuse(
      `${name} is in EPSG:${crs.epsg}, ${first.name} in EPSG:${first.crs.epsg}; export all pieces in one CRS`,
    );
  const size = first.transform.pixelWidth;
  if (Math.abs(transform.pixelWidth - size) * Math.max(width, height) > size * slack)
    throw refuse(
      `${name} has pixels of ${transform.pixelWidth}, ${first.name} of ${size}; export all pieces at one scale`,
    );
  const off = offset(raster, first).map((value) => Math.abs(value - Math.round(value)));
  if (Math.max(...off) > slack)
    throw refuse(
      `the pixels of ${name} lie ${Math.max(...off).toFixed(2)} of a pixel beside those of ${first.name}; export all pieces with the same crsTransform`,
    );
}

/** Columns and rows from one raster's corner to another's. */
function offset({ transform: a }: Raster, { transform: b }: Raster): [number, number] {
  return [(a.originX - b.originX) / b.pixelWidth, (b.originY - a.originY) / b.pixelWidth];
}

function layOut(rasters: readonly Raster[]): Pieces {
  const [first] = rasters;
  const places = rasters.map((raster) => offset(raster, first).map(Math.round));
  const left = Math.min(...places.map(([col]) => col));
  const top = Math.min(...places.map(([, row]) => row));
  const pieces = rasters.map((raster, i) => ({ raster, col: places[i][0] - left, row: places[i][1] - top }));
  const { originX, originY, pixelWidth: pixelSize } = first.transform;
  const window: GridWindow = {
    epsg: first.crs.epsg!,
    originX: originX + left * pixelSize,
    originY: originY - top * pixelSize,
    pixelSize,
    width: Math.max(...pieces.map(({ col, raster }) => col + raster.width)),
    height: Math.max(...pieces.map(({ row, raster }) => row + raster.height)),
  };
  if (Math.max(window.width, window.height) > maxSide || window.width * window.height > maxPixels)
    throw refuse(
      `the pieces span ${window.width} x ${window.height} pixels, more than a country at 10 m; import them as several regions`,
    );
  return { pieces, window };
}

/** West, south, east, north of a window, degrees. */
export function degreesOfWindow(window: GridWindow): Box {
  const box = windowBox(window);
  const [west, south, east, north] = window.epsg === 4326 ? box : degreesOfBox(window.epsg, box);
  return [Math.max(-180, west), Math.max(-90, south), Math.min(180, east), Math.min(90, north)];
}
