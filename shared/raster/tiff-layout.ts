import { brokenScene } from './broken-scene.ts';
import { dtypeOf, sampleBytes, type Dtype } from './samples.ts';
import type { TiffFile } from './tiff-reader.ts';
import type { TiffValues } from './tiff-values.ts';

/** Where one image's blocks (tiles, or strips of full width) lie and how they are coded; every number is checked. */
export interface ImageLayout {
  width: number;
  height: number;
  bands: number;
  dtype: Dtype;
  tiled: boolean;
  blockWidth: number;
  blockHeight: number;
  blocksAcross: number;
  blocksDown: number;
  /** Each band in blocks of its own (PlanarConfiguration 2); otherwise a block holds all bands pixel by pixel. */
  planar: boolean;
  littleEndian: boolean;
  compression: number;
  predictor: number;
  /** Of every block, row by row, then band by band where planar; 0 bytes: the block is absent (sparse). */
  offsets: Float64Array;
  byteCounts: Float64Array;
}

/** A decoded block is not larger than this, bytes. */
export const maxBlockBytes = 64 * 2 ** 20;
const maxSide = 2 ** 20;
const maxBands = 256;
/** Blocks of an image, and of all of its overviews together. */
export const maxBlocks = 2 ** 20;

type Shape = Omit<ImageLayout, 'offsets' | 'byteCounts'>;

/** Decoded bytes of one whole block. */
export function blockBytes(layout: Shape): number {
  const samples = layout.planar ? 1 : layout.bands;
  return layout.blockWidth * layout.blockHeight * samples * sampleBytes(layout.dtype);
}

const isSize = (value: number, max: number) => Number.isInteger(value) && value >= 1 && value <= max;

async function readSampling(values: TiffValues, fail: (reason: string) => Error) {
  const bands = await values.number(277, 1);
  if (!isSize(bands, maxBands)) throw fail(`it claims ${bands} bands`);
  const bits = (await values.numbers(258, maxBands)) ?? [1];
  const formats = (await values.numbers(339, maxBands)) ?? [1];
  const same = bits.every((value) => value === bits[0]) && formats.every((value) => value === formats[0]);
  const dtype = same ? dtypeOf(formats[0], bits[0]) : null;
  if (!dtype)
    throw fail(`its samples (${bits.join()} bits, format ${formats.join()}) are of a kind that is not supported`);
  return { bands, dtype };
}

async function readBlockShape(values: TiffValues, width: number, height: number, fail: (reason: string) => Error) {
  const tileWidth = await values.number(322, 0);
  const tiled = tileWidth !== 0;
  const blockWidth = tiled ? tileWidth : width;
  const blockHeight = tiled ? await values.number(323, 0) : Math.min(await values.number(278, height), height);
  if (!isSize(blockWidth, maxSide) || !isSize(blockHeight, maxSide))
    throw fail(`it claims blocks of ${blockWidth} x ${blockHeight} pixels`);
  const blocksAcross = Math.ceil(width / blockWidth);
  const blocksDown = Math.ceil(height / blockHeight);
  return { tiled, blockWidth, blockHeight, blocksAcross, blocksDown };
}

async function readShape(file: TiffFile, values: TiffValues, fail: (reason: string) => Error): Promise<Shape> {
  const width = await values.number(256, 0);
  const height = await values.number(257, 0);
  if (!isSize(width, maxSide) || !isSize(height, maxSide)) throw fail(`it claims ${width} x ${height} pixels`);
  const sampling = await readSampling(values, fail);
  const blocks = await readBlockShape(values, width, height, fail);
  const planar = (await values.number(284, 1)) === 2 && sampling.bands > 1;
  const compression = await values.number(259, 1);
  const predictor = await values.number(317, 1);
  if ((await values.number(266, 1)) !== 1) throw fail('its bits are stored in reverse order (FillOrder)');
  return { width, height, ...sampling, ...blocks, planar, compression, predictor, littleEndian: file.littleEndian };
}

/** Every block inside the file, and none implausibly long for what it decodes to. */
function checkBlocks(file: TiffFile, layout: ImageLayout, count: number, fail: (reason: string) => Error): void {
  const { offsets, byteCounts } = layout;
  const longest = 2 * blockBytes(layout) + 65_536;
  for (let i = 0; i < count; i++) {
    if (byteCounts[i] === 0) continue;
    const inside = offsets[i] >= 8 && byteCounts[i] > 0 && offsets[i] + byteCounts[i] <= file.size;
    if (!inside) throw fail(`block ${i} lies outside of the file's ${file.size} bytes; it is truncated or damaged`);
    if (byteCounts[i] > longest) throw fail(`block ${i} claims ${byteCounts[i]} bytes; it is damaged`);
  }
}

/** Reads and checks the layout of the image that a directory describes, of at most so many blocks. */
export async function readLayout(file: TiffFile, values: TiffValues, most = maxBlocks): Promise<ImageLayout> {
  const fail = (reason: string) => brokenScene(file.source.name, reason);
  const shape = await readShape(file, values, fail);
  if (blockBytes(shape) > maxBlockBytes)
    throw fail(
      `its blocks of ${shape.blockWidth} x ${shape.blockHeight} pixels are larger than ${maxBlockBytes} bytes`,
    );
  const count = shape.blocksAcross * shape.blocksDown * (shape.planar ? shape.bands : 1);
  if (count > most) throw fail(`it claims ${count} blocks, ${most} at most are read`);
  const offsets = await values.numbers(shape.tiled ? 324 : 273, 2 * maxBlocks, count);
  const byteCounts = await values.numbers(shape.tiled ? 325 : 279, 2 * maxBlocks, count);
  if (!offsets || !byteCounts || offsets.length < count || byteCounts.length < count)
    throw fail('its lists of blocks are missing or too short');
  const layout = { ...shape, offsets, byteCounts };
  checkBlocks(file, layout, count, fail);
  return layout;
}
