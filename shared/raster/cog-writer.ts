import { chunkPixels } from '#shared/domain/grid.ts';
import { cogHeaderBytes, cogLayout } from './cog-layout.ts';
import type { CogLevel, CogSpec } from './cog-spec.ts';

/** Takes the bytes of a file in order; the next write comes after the promise of the last one. */
export interface CogSink {
  write(bytes: Uint8Array): Promise<void>;
}

/** Whole tiles' worth of pixels that are asked for at once: enough to hide a store's latency, little enough to keep. */
const readAhead = 6;
/** Small tiles are not asked for in larger numbers than this. */
const maxReadAhead = 24;

async function readTile(level: CogLevel, index: number): Promise<Uint8Array> {
  const bytes = await level.read(index);
  if (bytes.length === level.sizes[index]) return bytes;
  throw new Error(
    `tile ${index} of the ${level.width} x ${level.height} level has ${bytes.length} bytes where ${level.sizes[index]} were announced`,
  );
}

/** The next tiles are read while some are written. */
async function writeLevel(level: CogLevel, sink: CogSink, signal?: AbortSignal): Promise<void> {
  const present = [...level.sizes.keys()].filter((index) => level.sizes[index] > 0);
  const { tile: side = chunkPixels } = level;
  const ahead = Math.min(maxReadAhead, readAhead * (chunkPixels / side) ** 2);
  const readFrom = (first: number) => {
    signal?.throwIfAborted();
    const tiles = Promise.all(present.slice(first, first + ahead).map((index) => readTile(level, index)));
    // Its turn may never come.
    tiles.catch(() => {});
    return tiles;
  };
  let next = readFrom(0);
  for (let i = 0; i < present.length; i += ahead) {
    const tiles = await next;
    next = readFrom(i + ahead);
    for (const tile of tiles) await sink.write(tile);
  }
}

/**
 * Writes a Cloud Optimized GeoTIFF: deflate, tiles of 512 x 512 (or what a level says), band after band, all directories before the data, the
 * smallest overview first and the full resolution (`levels[0]`) last. Tiles come compressed (see `encodeTile`) and are
 * copied as they are; the same input gives the same bytes. Throws where the levels do not fit the spec, a tile has not
 * the announced size, or the sink or a read fails; the bytes written until then are of no use.
 */
export async function writeCog(
  spec: CogSpec,
  levels: readonly CogLevel[],
  sink: CogSink,
  signal?: AbortSignal,
): Promise<void> {
  await sink.write(cogHeaderBytes(spec, levels, cogLayout(spec, levels)));
  for (const level of levels.toReversed()) await writeLevel(level, sink, signal);
}
