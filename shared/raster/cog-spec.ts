import { chunkPixels, type GridWindow } from '#shared/domain/grid.ts';

/** Sample types that are written; samples lie little-endian in the file. */
export type CogDtype = 'uint8' | 'uint16' | 'float32';

/** 1 = none, 2 = horizontal differences (integers), 3 = floating-point predictor (float32); TIFF 6.0 and its technical note 3. */
export type CogPredictor = 1 | 2 | 3;

/** Red, green, blue and alpha, 0-255. */
export type Rgba = readonly [number, number, number, number];

export interface CogBand {
  /** What GDAL calls the band's description. */
  name: string;
  /** Further metadata items of this band. */
  items?: Readonly<Record<string, string>> | undefined;
}

/** Everything about a file but its pixels. */
export interface CogSpec {
  /** Placement and size of the full resolution. */
  window: GridWindow;
  dtype: CogDtype;
  /** At least one; stored band by band (PlanarConfiguration 2). */
  bands: readonly CogBand[];
  /** One value for all bands; NaN for float32. */
  nodata: number;
  predictor: CogPredictor;
  /**
   * Colours of band 1 by pixel value, for uint8 files of one or two bands. TIFF keeps no alpha: readers show the
   * nodata value as transparent and everything else as opaque.
   */
  palette?: readonly Rgba[] | undefined;
  /** Bands 1-3 are red, green and blue. */
  rgb?: boolean | undefined;
  /** Metadata items of the whole file. */
  metadata?: Readonly<Record<string, string>> | undefined;
  /** Writes BigTIFF even where the file stays under 4 GiB. */
  bigTiff?: boolean | undefined;
}

/** One resolution: its tiles are square, the ones at the right and lower edge padded. */
export interface CogLevel {
  width: number;
  height: number;
  /** Pixels along each side of a tile, a multiple of 16 (TIFF 6.0 section 15); 512 where it is not told. */
  tile?: number | undefined;
  /** Compressed bytes of each tile, all tiles of band 1 row by row, then band 2 ...; 0 = sparse, all nodata. */
  sizes: readonly number[];
  /** The compressed bytes of a tile by its index in `sizes`; never asked for a sparse tile. */
  read(index: number): Promise<Uint8Array>;
}

/** Tiles of so many pixels that cover a width or height. */
export const tilesAcross = (pixels: number, tile: number = chunkPixels): number => Math.ceil(pixels / tile);

function checkPalette({ palette, dtype, bands, rgb }: CogSpec): void {
  if (!palette) return;
  if (rgb) throw new Error('a COG is either a palette or an RGB image, not both');
  if (dtype !== 'uint8' || bands.length > 2 || palette.length > 256)
    throw new Error('a palette needs a uint8 COG of one or two bands and at most 256 colours');
  for (const colour of palette)
    if (!colour.every((part) => Number.isInteger(part) && part >= 0 && part <= 255))
      throw new Error(`a palette's colours are whole numbers from 0 to 255, not ${colour.join(', ')}`);
}

function checkSamples({ dtype, predictor, bands, rgb, nodata }: CogSpec): void {
  if (bands.length < 1 || bands.length > 65_535) throw new Error(`a COG of ${bands.length} bands cannot be written`);
  if (rgb && bands.length < 3) throw new Error('an RGB image needs three bands at least');
  if (predictor === 2 ? dtype === 'float32' : predictor === 3 && dtype !== 'float32')
    throw new Error(`predictor ${predictor} does not fit ${dtype} samples`);
  if (dtype !== 'float32' && !Number.isInteger(nodata)) throw new Error(`nodata ${nodata} does not fit ${dtype}`);
}

function checkLevel(level: CogLevel, index: number, bands: number): void {
  const where = `level ${index} (${level.width} x ${level.height})`;
  for (const pixels of [level.width, level.height])
    if (!Number.isInteger(pixels) || pixels < 1 || pixels > 0x7fffffff) throw new Error(`${where} has no valid size`);
  const { tile = chunkPixels } = level;
  if (!Number.isInteger(tile / 16) || tile < 16 || tile > chunkPixels)
    throw new Error(`${where} cannot have tiles of ${tile} x ${tile} pixels`);
  const tiles = tilesAcross(level.width, tile) * tilesAcross(level.height, tile) * bands;
  if (level.sizes.length !== tiles)
    throw new Error(`${where} lists ${level.sizes.length} tile sizes where its ${bands} bands have ${tiles} tiles`);
  for (const size of level.sizes)
    if (!Number.isInteger(size) || size < 0 || size > 0x7fffffff)
      throw new Error(`${where}: a tile of ${size} bytes cannot be written`);
}

/** Throws where the parts of a file do not fit together or cannot be expressed in TIFF. */
export function checkCog(spec: CogSpec, levels: readonly CogLevel[]): void {
  const { window, bands } = spec;
  checkSamples(spec);
  checkPalette(spec);
  if (!Number.isInteger(window.epsg) || window.epsg < 1024 || window.epsg > 32_766)
    throw new Error(`EPSG:${window.epsg} cannot be written as a GeoTIFF key`);
  if (levels[0]?.width !== window.width || levels[0].height !== window.height)
    throw new Error(`the first level is not the full resolution of ${window.width} x ${window.height} pixels`);
  levels.forEach((level, index) => checkLevel(level, index, bands.length));
  for (let i = 1; i < levels.length; i++)
    if (levels[i].width > levels[i - 1].width || levels[i].height > levels[i - 1].height)
      throw new Error('the levels of a COG go from the full resolution to the smallest overview');
}
