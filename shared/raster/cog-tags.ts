import { chunkPixels } from '#shared/domain/grid.ts';
import { gdalMetadata } from './cog-metadata.ts';
import type { CogLevel, CogSpec, Rgba } from './cog-spec.ts';

export type TagType = 'ascii' | 'short' | 'long' | 'double' | 'long8';

/** One entry of an image file directory; text gets its closing zero byte when it is written. */
export interface Tag {
  id: number;
  type: TagType;
  values: readonly number[] | string;
}

const bitsPerSample = { uint8: 8, uint16: 16, float32: 32 };
const photometric = { minIsBlack: 1, rgb: 2, palette: 3 };

const short = (id: number, ...values: number[]): Tag => ({ id, type: 'short', values });
const long = (id: number, values: readonly number[]): Tag => ({ id, type: 'long', values });
const double = (id: number, ...values: number[]): Tag => ({ id, type: 'double', values });
const ascii = (id: number, values: string): Tag => ({ id, type: 'ascii', values });

/** 256 reds, then greens, then blues, 0-65535 (ColorMap, TIFF 6.0 section 5). */
function colorMap(palette: readonly Rgba[]): Tag {
  const values = new Array<number>(768).fill(0);
  palette.forEach((colour, index) => {
    for (let part = 0; part < 3; part++) values[part * 256 + index] = colour[part] * 257;
  });
  return short(320, ...values);
}

function sampleTags({ bands, dtype, predictor, palette, rgb }: CogSpec): Tag[] {
  const count = bands.length;
  const model = palette ? 'palette' : rgb ? 'rgb' : 'minIsBlack';
  // Bands beyond the colour model are samples of unspecified meaning: never alpha, which would hide pixels.
  const extra = count - (rgb ? 3 : 1);
  return [
    short(258, ...new Array<number>(count).fill(bitsPerSample[dtype])),
    short(259, 8),
    short(262, photometric[model]),
    short(277, count),
    short(284, count === 1 ? 1 : 2),
    short(317, predictor),
    ...(palette ? [colorMap(palette)] : []),
    ...(extra > 0 ? [short(338, ...new Array<number>(extra).fill(0))] : []),
    short(339, ...new Array<number>(count).fill(dtype === 'float32' ? 3 : 1)),
  ];
}

/** GeoTIFF 1.1: a projected CRS by its EPSG code, pixel is area, north up. */
function georeference({ window }: CogSpec): Tag[] {
  const { epsg, originX, originY, pixelSize } = window;
  const keys = [
    [1, 1, 0, 3],
    [1024, 0, 1, 1],
    [1025, 0, 1, 1],
    [3072, 0, 1, epsg],
  ];
  return [
    double(33550, pixelSize, pixelSize, 0),
    double(33922, 0, 0, 0, originX, originY, 0),
    short(34735, ...keys.flat()),
  ];
}

/**
 * The directory of one level, sorted by tag. `offsets` are its tiles' positions in the file, 0 for sparse tiles.
 * Only the full resolution carries georeference and metadata, as in GDAL's own files.
 */
export function levelTags(
  spec: CogSpec,
  level: CogLevel,
  offsets: readonly number[],
  form: { overview: boolean; bigTiff: boolean },
): Tag[] {
  const tags = [
    ...(form.overview ? [long(254, [1])] : []),
    long(256, [level.width]),
    long(257, [level.height]),
    ...sampleTags(spec),
    short(322, level.tile ?? chunkPixels),
    short(323, level.tile ?? chunkPixels),
    { id: 324, type: form.bigTiff ? 'long8' : 'long', values: offsets } satisfies Tag,
    long(325, level.sizes),
    ...(form.overview ? [] : [...georeference(spec), ascii(42112, gdalMetadata(spec))]),
    ascii(42113, Number.isNaN(spec.nodata) ? 'nan' : String(spec.nodata)),
  ];
  return tags.sort((a, b) => a.id - b.id);
}
