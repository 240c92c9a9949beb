import { brokenScene } from './broken-scene.ts';
import type { Crs } from './crs.ts';
import { crsOfKeys } from './crs-of-keys.ts';
import type { DecodedBlocks } from './decoded-blocks.ts';
import { canDecompress, compressionName } from './decompress.ts';
import { asArea, scaledTransform } from './geo-transform.ts';
import { rasterLevel, type RasterLevel } from './raster-level.ts';
import { sampleValue, type Dtype } from './samples.ts';
import type { ByteSource } from './source.ts';
import { readTiff } from './tiff-guard.ts';
import type { ImageLayout } from './tiff-layout.ts';

/** An open GeoTIFF: its geometry is known, its pixels are read when asked for. */
export interface Raster extends RasterLevel {
  readonly name: string;
  readonly bands: number;
  readonly dtype: Dtype;
  /** The value that means no data, as `dtype` holds it; null where the file names none that it can hold. May be NaN. */
  readonly nodata: number | null;
  readonly crs: Crs;
  /** Reduced versions of the same extent, from fine to coarse. */
  readonly overviews: readonly RasterLevel[];
}

const keyRasterType = 1025;
const pixelIsPoint = 2;

function checkCoding(name: string, { compression, predictor, dtype }: ImageLayout): void {
  if (!canDecompress(compression))
    throw brokenScene(name, `its compression (${compressionName(compression)}) is not supported`);
  const float = dtype.startsWith('float');
  if (predictor === 1 || predictor === (float ? 3 : 2)) return;
  throw brokenScene(name, `its predictor ${predictor} is not supported for samples of type ${dtype}`);
}

/**
 * Opens a GeoTIFF: reads its header and directories, not its pixels. Supported are tiles and strips, bands side by
 * side or apart, both byte orders, BigTIFF; integers of 8 to 32 bits and floats of 32 and 64 bits; no compression, LZW,
 * deflate, PackBits and zstd, with their predictors; north-up only. Throws `broken-scene` for whatever cannot be read.
 *
 * @param shared where given, decoded blocks are looked for and kept there
 */
export async function openRaster(source: ByteSource, signal?: AbortSignal, shared?: DecodedBlocks): Promise<Raster> {
  const { name } = source;
  const { image, overviews, transform: given, geoKeys, ...guarded } = await readTiff(source, signal);
  const nodata = sampleValue(image.dtype, guarded.nodata);
  for (const layout of [image, ...overviews]) checkCoding(name, layout);
  const transform = geoKeys.number(keyRasterType) === pixelIsPoint ? asArea(given) : given;
  const overviewLevel = (layout: ImageLayout) => {
    const placed = scaledTransform(transform, image.width / layout.width, image.height / layout.height);
    return rasterLevel(source, layout, placed, nodata, shared);
  };
  return {
    ...rasterLevel(source, image, transform, nodata, shared),
    name,
    bands: image.bands,
    dtype: image.dtype,
    nodata,
    crs: crsOfKeys(name, geoKeys),
    overviews: overviews.map(overviewLevel),
  };
}
