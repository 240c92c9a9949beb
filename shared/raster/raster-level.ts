import type { DecodedBlocks } from './decoded-blocks.ts';
import type { GeoTransform } from './geo-transform.ts';
import { rangeOf, readBlocks, readSharedBlocks, type Block, type UseBlock } from './read-blocks.ts';
import { bytesOf, createSamples, type Samples } from './samples.ts';
import type { ByteSource } from './source.ts';
import { blockBytes, type ImageLayout } from './tiff-layout.ts';

/** A rectangle of pixels of one band; it must lie inside the image. Bands count from 1, as in GDAL. */
export interface PixelWindow {
  band?: number | undefined;
  col: number;
  row: number;
  width: number;
  height: number;
  /** Of blocks that are shared, rows from here on are wanted by nobody and need not be decoded. */
  below?: number | undefined;
}

/** One resolution of a raster: the image itself or an overview of it. */
export interface RasterLevel {
  readonly width: number;
  readonly height: number;
  readonly transform: GeoTransform;
  /** Pixels, blocks and coding as they are in the file; a tile of a tiled image is one block. */
  readonly layout: Readonly<ImageLayout>;
  /**
   * The samples of a window, row by row, `width * height` of them. Absent blocks hold nodata (0 where the file names
   * none). Throws a plain Error for a window that reaches outside the image, `broken-scene` for damaged blocks.
   */
  readWindow(window: PixelWindow, signal?: AbortSignal): Promise<Samples>;
  /** Compressed bytes that reading the window takes; nothing is read. */
  bytesOfWindow(window: PixelWindow): number;
  /** One block's bytes as they are in the file, by its column and row among the blocks; null where it is absent. */
  readRawTile(band: number, col: number, row: number, signal?: AbortSignal): Promise<Uint8Array | null>;
}

/** A window holds at most so many pixels (0.5 GB of the widest samples). */
export const maxWindowPixels = 2 ** 26;

function checkBand(layout: ImageLayout, band: number): void {
  if (Number.isInteger(band) && band >= 1 && band <= layout.bands) return;
  throw new Error(`there is no band ${band}; the raster has ${layout.bands}`);
}

function checkWindow(layout: ImageLayout, { col, row, width, height, band = 1 }: PixelWindow): void {
  const whole = [col, row, width, height].every(Number.isInteger);
  const inside = col >= 0 && row >= 0 && col + width <= layout.width && row + height <= layout.height;
  if (!whole || !inside || width < 1 || height < 1)
    throw new Error(`window ${col},${row} ${width}x${height} is not inside ${layout.width}x${layout.height} pixels`);
  if (width * height > maxWindowPixels)
    throw new Error(`window ${width}x${height} is larger than ${maxWindowPixels} pixels; read it in pieces`);
  checkBand(layout, band);
}

function blockIndex(layout: ImageLayout, band: number, col: number, row: number): number {
  const plane = layout.planar ? (band - 1) * layout.blocksAcross * layout.blocksDown : 0;
  return plane + row * layout.blocksAcross + col;
}

function blocksOf(layout: ImageLayout, { col, row, width, height, band = 1 }: PixelWindow): Block[] {
  const { blockWidth, blockHeight } = layout;
  const blocks: Block[] = [];
  for (let r = Math.floor(row / blockHeight); r * blockHeight < row + height; r++)
    for (let c = Math.floor(col / blockWidth); c * blockWidth < col + width; c++)
      blocks.push({ col: c, row: r, index: blockIndex(layout, band, c, r) });
  return blocks;
}

/** Copies the part of a decoded block that the window covers. */
function copyBlock(layout: ImageLayout, window: PixelWindow, block: Block, samples: Samples, target: Samples): void {
  const { blockWidth, blockHeight } = layout;
  const step = layout.planar ? 1 : layout.bands;
  const band = layout.planar ? 0 : (window.band ?? 1) - 1;
  const [left, top] = [block.col * blockWidth, block.row * blockHeight];
  const west = Math.max(window.col, left);
  const east = Math.min(window.col + window.width, left + blockWidth);
  const south = Math.min(window.row + window.height, top + blockHeight);
  const size = target.BYTES_PER_ELEMENT;
  const [source, copy] = [bytesOf(samples), bytesOf(target)];
  for (let row = Math.max(window.row, top); row < south; row++) {
    let from = ((row - top) * blockWidth + west - left) * step + band;
    let to = (row - window.row) * window.width + west - window.col;
    if (step === 1) source.copy(copy, to * size, from * size, (from + east - west) * size);
    else for (let col = west; col < east; col++, from += step) target[to++] = samples[from];
  }
}

/** Makes the readers of one resolution; `nodata` fills absent blocks, `shared` spares decoding a block again. */
export function rasterLevel(
  source: ByteSource,
  layout: ImageLayout,
  transform: GeoTransform,
  nodata: number | null,
  shared?: DecodedBlocks,
): RasterLevel {
  const present = (blocks: readonly Block[]) => blocks.filter(({ index }) => layout.byteCounts[index] > 0);
  const sharing = shared?.fits(blockBytes(layout)) ? { blocks: shared, image: shared.newImage() } : null;

  async function readWindow(window: PixelWindow, signal?: AbortSignal): Promise<Samples> {
    signal?.throwIfAborted();
    checkWindow(layout, window);
    const length = window.width * window.height;
    const target = shared?.memory.samples(layout.dtype, length) ?? createSamples(layout.dtype, length);
    const all = blocksOf(layout, window);
    const blocks = present(all);
    // Blocks that are there are written over.
    if (blocks.length < all.length) target.fill(nodata ?? 0);
    const bottom = window.row + window.height;
    const use: UseBlock = (block, samples) => copyBlock(layout, window, block, samples, target);
    const read = { source, layout, signal };
    if (sharing) await readSharedBlocks(read, blocks, Math.max(bottom, window.below ?? Infinity), sharing, use);
    else await readBlocks(read, blocks, bottom, use);
    return target;
  }

  function bytesOfWindow(window: PixelWindow): number {
    checkWindow(layout, window);
    return blocksOf(layout, window).reduce((sum, { index }) => sum + layout.byteCounts[index], 0);
  }

  async function readRawTile(band: number, col: number, row: number, signal?: AbortSignal): Promise<Uint8Array | null> {
    checkBand(layout, band);
    const inside = col >= 0 && row >= 0 && col < layout.blocksAcross && row < layout.blocksDown;
    if (!Number.isInteger(col + row) || !inside)
      throw new Error(`there is no tile ${col},${row} among ${layout.blocksAcross}x${layout.blocksDown}`);
    const { offset, length } = rangeOf(layout, { col, row, index: blockIndex(layout, band, col, row) });
    return length === 0 ? null : source.read(offset, length, signal);
  }

  const { width, height } = layout;
  return { width, height, transform, layout, readWindow, bytesOfWindow, readRawTile };
}
