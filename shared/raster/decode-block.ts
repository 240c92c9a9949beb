import { decompress, isDeflate } from './decompress.ts';
import { blockInflater } from './inflate/block-inflater.ts';
import type { Differences } from './inflate/inflater.ts';
import type { KeptMemory } from './kept-memory.ts';
import { undoDifferences, undoFloatPlanes } from './predictor.ts';
import { bytesOf, copyBytes, sampleBytes, samplesOf, type Dtype, type Samples } from './samples.ts';
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

/** The differences that the threads undo themselves. */
function differencesOf(layout: ImageLayout): Differences | null {
  const size = sampleBytes(layout.dtype);
  const rowBytes = layout.blockWidth * size;
  const isOneBand = layout.planar || layout.bands === 1;
  if (layout.predictor !== 2 || !isOneBand || rowBytes % 16 !== 0) return null;
  if (size === 1) return { rowBytes, sampleBytes: 1 };
  return size === 2 && layout.littleEndian ? { rowBytes, sampleBytes: 2 } : null;
}

function checked(bytes: Uint8Array, needed: number): Uint8Array {
  if (bytes.length < needed) throw new Error(`it holds ${bytes.length} of ${needed} bytes`);
  return bytes.subarray(0, needed);
}

/** Decodes the first `wanted` bytes of a block on the threads that do so; null where it is not one for them. */
async function lendByThreads<T>(
  layout: ImageLayout,
  compressed: Uint8Array,
  wanted: number,
  use: (samples: Samples) => T,
): Promise<{ value: T } | null> {
  const maxLength = blockBytes(layout);
  const inflater = isDeflate(layout.compression) ? blockInflater(maxLength, compressed.length) : null;
  const differences = differencesOf(layout);
  const useBytes = (bytes: Uint8Array) => {
    const whole = checked(bytes, wanted);
    return { value: use(differences ? samplesOf(layout.dtype, whole) : undoPredictor(layout, whole)) };
  };
  return inflater && inflater.inflate(compressed, { maxLength, wanted, differences }, useBytes);
}

/**
 * Decodes one compressed block to its samples: rows of `blockWidth` pixels, the bands of a pixel side by side unless
 * the layout is planar. Rejects with a plain Error when the block is damaged or too short.
 *
 * @param rows that are wanted of it, from its top; the others are not decoded
 * @param use is given the samples, in memory that may be written over once it has returned; where it throws it may be
 *   called again
 */
export async function lendBlock<T>(
  layout: ImageLayout,
  compressed: Uint8Array,
  blockRow: number,
  rows: number,
  use: (samples: Samples) => T,
): Promise<T> {
  const length = blockBytes(layout);
  const needed = (Math.min(rows, neededRows(layout, blockRow)) * length) / layout.blockHeight;
  // What is wrong with a block is zlib's to say, and a thread that has ended is no reason to fail.
  const lent = await lendByThreads(layout, compressed, needed, use).catch(() => null);
  if (lent) return lent.value;
  return use(undoPredictor(layout, checked(await decompress(layout.compression, compressed, length, needed), needed)));
}

/**
 * The same with samples of their own.
 *
 * @param memory where given, what threads have decoded lies in it, and is to be given back
 */
export const decodeBlock = (
  layout: ImageLayout,
  compressed: Uint8Array,
  blockRow: number,
  rows = Infinity,
  memory?: KeptMemory,
): Promise<Samples> =>
  lendBlock(layout, compressed, blockRow, rows, (samples) => ownSamples(layout.dtype, samples, memory));

function ownSamples(dtype: Dtype, samples: Samples, memory: KeptMemory | undefined): Samples {
  if (!(samples.buffer instanceof SharedArrayBuffer)) return samples;
  const own = memory?.samples(dtype, samples.length) ?? samplesOf(dtype, Buffer.allocUnsafeSlow(samples.byteLength));
  copyBytes(samples, bytesOf(own));
  return own;
}
