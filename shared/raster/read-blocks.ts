import { brokenScene } from './broken-scene.ts';
import { decodeBlock, lendBlock } from './decode-block.ts';
import type { DecodedBlocks } from './decoded-blocks.ts';
import { forEachRange } from './read-ranges.ts';
import type { Samples } from './samples.ts';
import type { ByteSource } from './source.ts';
import { blockBytes, type ImageLayout } from './tiff-layout.ts';

/** A block by its column and row among the blocks, and its place in the file's index. */
export interface Block {
  col: number;
  row: number;
  index: number;
}

export type UseBlock = (block: Block, samples: Samples) => void;

export interface BlocksRead {
  source: ByteSource;
  layout: ImageLayout;
  signal?: AbortSignal | undefined;
}

export const rangeOf = ({ offsets, byteCounts }: ImageLayout, { index }: Block) => ({
  offset: offsets[index],
  length: byteCounts[index],
});

/** Says of which block of which file an error is. */
async function named<T>({ source }: BlocksRead, block: Block, decoding: Promise<T>): Promise<T> {
  try {
    return await decoding;
  } catch (error) {
    const what = error instanceof Error ? error.message : String(error);
    throw brokenScene(source.name, `block ${block.col},${block.row} is damaged (${what})`, error);
  }
}

const rowsOf = ({ blockHeight }: ImageLayout, { row }: Block, below: number) =>
  Math.min(blockHeight, below - row * blockHeight);

/**
 * Reads present blocks by few requests and hands each to `use`, in no order.
 *
 * @param below the first image row that is not wanted: rows from there on are not decoded
 */
export function readBlocks(read: BlocksRead, blocks: readonly Block[], below: number, use: UseBlock): Promise<void> {
  const { source, layout, signal } = read;
  const useBytes = (i: number, bytes: Uint8Array) => {
    const block = blocks[i];
    const rows = rowsOf(layout, block, below);
    const take = (samples: Samples) => use(block, samples);
    return named(read, block, lendBlock(layout, bytes, block.row, rows, take));
  };
  return forEachRange(
    source,
    blocks.map((block) => rangeOf(layout, block)),
    useBytes,
    signal,
  );
}

/** Blocks of an image, by its number among them (see `newImage`), that its readers share. */
export interface SharedImage {
  blocks: DecodedBlocks;
  image: number;
}

/** The same through blocks that others decoded, or will want, who give the same `below`. */
export async function readSharedBlocks(
  read: BlocksRead,
  blocks: readonly Block[],
  below: number,
  { blocks: shared, image }: SharedImage,
  use: UseBlock,
): Promise<void> {
  const { source, layout, signal } = read;
  const keyOf = (block: Block) => `${image}:${block.index}/${rowsOf(layout, block, below)}`;
  const sizeOf = (block: Block) => (rowsOf(layout, block, below) * blockBytes(layout)) / layout.blockHeight;
  const theirs = blocks.filter((block) => shared.has(keyOf(block)));
  const ours = blocks.filter((block) => !shared.has(keyOf(block)));
  const promised = ours.map((block) => shared.promise(keyOf(block), sizeOf(block), signal));
  const decode = (block: Block, bytes: Uint8Array) =>
    named(read, block, decodeBlock(layout, bytes, block.row, rowsOf(layout, block, below), shared.memory));
  const readOne = async (block: Block) => {
    const { offset, length } = rangeOf(layout, block);
    return decode(block, await source.read(offset, length, signal));
  };
  const useOurs = async (i: number, bytes: Uint8Array) => {
    const samples = await decode(ours[i], bytes);
    promised[i].keep(samples);
    use(ours[i], samples);
  };
  const reading = forEachRange(
    source,
    ours.map((block) => rangeOf(layout, block)),
    useOurs,
    signal,
  )
    .catch((error: unknown) => {
      for (const { fail } of promised) fail(error);
      throw error;
    })
    .finally(() => promised.forEach(({ leave }) => leave()));
  const waiting = theirs.map((block) =>
    shared.use(
      keyOf(block),
      sizeOf(block),
      () => readOne(block),
      (samples) => use(block, samples),
      signal,
    ),
  );
  await Promise.all([reading, ...waiting]);
}
