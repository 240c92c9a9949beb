import { brokenScene } from './broken-scene.ts';
import type { TiffValues } from './tiff-values.ts';

/** North-up placement of pixels; the origin is the outer corner of the upper left pixel, sizes are positive, CRS units. */
export interface GeoTransform {
  originX: number;
  originY: number;
  pixelWidth: number;
  pixelHeight: number;
}

const tags = { pixelScale: 33550, tiepoint: 33922, matrix: 34264 };

function fromMatrix(matrix: Float64Array, fail: (reason: string) => Error): GeoTransform {
  if (matrix.length < 16) throw fail('its transformation matrix is incomplete');
  if (matrix[1] !== 0 || matrix[4] !== 0) throw fail('it is rotated, and only north-up rasters are supported');
  return { originX: matrix[3], originY: matrix[7], pixelWidth: matrix[0], pixelHeight: -matrix[5] };
}

function fromTiepoint(scale: Float64Array, tie: Float64Array, fail: (reason: string) => Error): GeoTransform {
  if (scale.length < 2 || tie.length < 6) throw fail('its georeference is incomplete');
  const [pixelWidth, pixelHeight] = scale;
  return { originX: tie[3] - tie[0] * pixelWidth, originY: tie[4] + tie[1] * pixelHeight, pixelWidth, pixelHeight };
}

async function readAny(values: TiffValues, fail: (reason: string) => Error): Promise<GeoTransform> {
  const scale = await values.numbers(tags.pixelScale, 16);
  const tie = await values.numbers(tags.tiepoint, 6 * 1024);
  const matrix = await values.numbers(tags.matrix, 64);
  if (scale && tie) return fromTiepoint(scale, tie, fail);
  if (matrix) return fromMatrix(matrix, fail);
  throw fail('it has no georeference (position of its pixels)');
}

/** Reads the placement by the GeoTIFF 1.1 tags, with the origin as they give it (see `asArea` for PixelIsPoint). */
export async function readTransform(name: string, values: TiffValues): Promise<GeoTransform> {
  const fail = (reason: string) => brokenScene(name, reason);
  const transform = await readAny(values, fail);
  const { originX, originY, pixelWidth, pixelHeight } = transform;
  if (![originX, originY, pixelWidth, pixelHeight].every(Number.isFinite)) throw fail('its georeference is damaged');
  if (pixelWidth > 0 && pixelHeight > 0) return transform;
  throw fail('its rows do not run from north to south, or its columns not from west to east');
}

/** Moves an origin that is the centre of the first pixel (RasterPixelIsPoint) to that pixel's outer corner. */
export function asArea(transform: GeoTransform): GeoTransform {
  const { originX, originY, pixelWidth, pixelHeight } = transform;
  return { ...transform, originX: originX - pixelWidth / 2, originY: originY + pixelHeight / 2 };
}

/** The placement of a reduced version of an image: the same extent cut into fewer pixels. */
export function scaledTransform(transform: GeoTransform, xRatio: number, yRatio: number): GeoTransform {
  return { ...transform, pixelWidth: transform.pixelWidth * xRatio, pixelHeight: transform.pixelHeight * yRatio };
}
