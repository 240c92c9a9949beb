import { brokenScene } from './broken-scene.ts';
import { blockSource } from './block-source.ts';
import { readGeoKeys, type GeoKeys } from './geo-keys.ts';
import { readTransform, type GeoTransform } from './geo-transform.ts';
import type { ByteSource } from './source.ts';
import { readDirectories, type TiffDirectory } from './tiff-directory.ts';
import { maxBlocks, readLayout, type ImageLayout } from './tiff-layout.ts';
import { readHeader, type TiffFile } from './tiff-reader.ts';
import { tiffValues } from './tiff-values.ts';

/** Everything that reading pixels needs to know of a GeoTIFF. */
export interface GuardedTiff {
  image: ImageLayout;
  /** Reduced versions of the image, from fine to coarse. */
  overviews: ImageLayout[];
  /** The value that means no data; null where the file names none. */
  nodata: number | null;
  transform: GeoTransform;
  geoKeys: GeoKeys;
}

const tags = { newSubfileType: 254, nodata: 42113 };
const reducedImage = 1;

/** A file at hand is asked once more sooner than it is read too far. */
const atHand = { blockSize: 8192 };

/**
 * Reads a GeoTIFF's header and directories and believes none of it: counts, sizes and offsets are bounded and checked
 * against the file's length before anything is allocated or decoded. The tags are parsed here and not by geotiff.js,
 * which dies beyond any catch on damaged directories, inflates in JavaScript without a bound, and whose LZW decoder
 * loops on damaged codes: with the tags known and zlib at hand, it would only add risk. Masks, pages and SubIFDs are
 * left out. Throws `broken-scene` with the source's name.
 */
export async function readTiff(source: ByteSource, signal?: AbortSignal): Promise<GuardedTiff> {
  const file = await readHeader(blockSource(source, source.lend ? atHand : {}), signal);
  const [first, ...others] = await readDirectories(file, signal);
  const values = tiffValues(file, first, signal);
  const image = await readLayout(file, values);
  return {
    image,
    overviews: await readOverviews(file, others, image, signal),
    nodata: parseNodata(await values.text(tags.nodata, 64)),
    transform: await readTransform(source.name, values),
    geoKeys: await readGeoKeys(source.name, values),
  };
}

/** GDAL writes the value as text; a text that is no number names none. */
function parseNodata(text: string | null): number | null {
  const trimmed = text?.trim().toLowerCase();
  if (!trimmed) return null;
  if (/^[+-]?nan/.test(trimmed)) return NaN;
  const value = Number(trimmed.replace(/^([+-]?)inf.*$/, '$1Infinity'));
  return Number.isNaN(value) ? null : value;
}

async function readOverviews(
  file: TiffFile,
  directories: readonly TiffDirectory[],
  image: ImageLayout,
  signal?: AbortSignal,
): Promise<ImageLayout[]> {
  const overviews: ImageLayout[] = [];
  let blocksLeft = maxBlocks;
  for (const directory of directories) {
    const values = tiffValues(file, directory, signal);
    if ((await values.number(tags.newSubfileType, 0)) !== reducedImage) continue;
    const layout = await readLayout(file, values, blocksLeft);
    blocksLeft -= layout.offsets.length;
    if (layout.width > image.width || layout.height > image.height || layout.bands !== image.bands)
      throw brokenScene(file.source.name, 'an overview does not fit its image');
    if (layout.dtype !== image.dtype) throw brokenScene(file.source.name, 'an overview is of another sample type');
    overviews.push(layout);
  }
  return overviews.sort((a, b) => b.width - a.width);
}
