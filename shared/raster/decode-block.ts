import { decompress } from './decompress.ts';
import { undoDifferences, undoFloatPlanes } from './predictor.ts';
import { sampleBytes, samplesOf, type Samples } from './samples.ts';
import { blockBytes, type ImageLayout } from './tiff-layout.ts';

/** Rows that a block must hold: a tile all of its own, the last strip only those of the image. */
function neededRows(layout: ImageLayout, blockRow: number): number {
  if (layout.tiled) return layout.blockHeight;
  return Math.min(layout.blockHeight, layout.height - blockRow * layout.blockHeight);
}

function swapBytes(bytes: Uint8Array, size: number): void {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (size === 2) buffer.swap16();
  if (size === 4) buffer.swap32();
  if (size === 8) buffer.swap64();
}

function undoPredictor(layout: ImageLayout, bytes: Uint8Array): Samples {
  const { dtype, predictor, littleEndian } = layout;
  const size = sampleBytes(dtype);
  const stride = layout.planar ? 1 : layout.bands;
  const rowLength = layout.blockWidth * stride;
  if (predictor === 3) return samplesOf(dtype, undoFloatPlanes(bytes, rowLength, stride, size));
  if (!littleEndian) swapBytes(bytes, size);
  const samples = samplesOf(dtype, bytes);
  if (predictor === 2) undoDifferences(samples, rowLength, stride);
  return samples;
}

/**
 * Decodes one compressed block to its samples: rows of `blockWidth` pixels, the bands of a pixel side by side unless
 * the layout is planar. Throws a plain Error when the block is damaged or too short.
 *
 * @param rows that are wanted of it, from its top; the others are not decoded
 */
export async function decodeBlock(
  layout: ImageLayout,
  compressed: Uint8Array,
  blockRow: number,
  rows = Infinity,
): Promise<Samples> {
  const rowBytes = blockBytes(layout) / layout.blockHeight;
  const needed = Math.min(rows, neededRows(layout, blockRow)) * rowBytes;
  const bytes = await decompress(layout.compression, compressed, blockBytes(layout), needed);
  if (bytes.length < needed) throw new Error(`it holds ${bytes.length} of ${needed} bytes`);
  return undoPredictor(layout, bytes.subarray(0, needed));
}
