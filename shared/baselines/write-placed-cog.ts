import { cogHeader } from '#shared/raster/cog-header.ts';
import { cogLayout } from '#shared/raster/cog-layout.ts';
import type { CogLevel, CogSpec } from '#shared/raster/cog-spec.ts';
import { levelTags, type Tag } from '#shared/raster/cog-tags.ts';
import { writeCog, type CogSink } from '#shared/raster/cog-writer.ts';

const geoKeys = 34735;
const wgs84 = 4326;

/**
 * GeoTIFF 1.1 keys of EPSG:4326: model type geographic, pixel is area, the CRS by its code. As many as those of a
 * projected CRS, so that the header is as long.
 */
const geographicKeys = [
  [1, 1, 0, 3],
  [1024, 0, 1, 2],
  [1025, 0, 1, 1],
  [2048, 0, 1, wgs84],
].flat();

/** As `writeCog`, for a window in EPSG:4326 too: its origin and pixel size are degrees then. */
export async function writePlacedCog(
  spec: CogSpec,
  levels: readonly CogLevel[],
  sink: CogSink,
  signal?: AbortSignal,
): Promise<void> {
  if (spec.window.epsg !== wgs84) return writeCog(spec, levels, sink, signal);
  const header = geographicHeader(spec, levels);
  let isHeader = true;
  const write = (bytes: Uint8Array) => {
    const placed = isHeader ? header : bytes;
    isHeader = false;
    return sink.write(placed);
  };
  await writeCog(spec, levels, { write }, signal);
}

function geographicHeader(spec: CogSpec, levels: readonly CogLevel[]): Uint8Array {
  const { tileOffsets, bigTiff, headerBytes } = cogLayout(spec, levels);
  const directories = levels.map((level, i) =>
    levelTags(spec, level, tileOffsets[i], { overview: i > 0, bigTiff }).map(geographic),
  );
  const header = cogHeader(directories, bigTiff);
  if (header.length !== headerBytes) throw new Error('a header of another length would move the tiles');
  return header;
}

const geographic = (tag: Tag): Tag => (tag.id === geoKeys ? { ...tag, values: geographicKeys } : tag);
