import type { CogLevel, CogSpec } from '#shared/raster/cog-spec.ts';
import { overviewSizes } from '#shared/raster/overview.ts';
import { memoryTiles, OverviewLevels, type TileKeeper } from '#shared/raster/overview-levels.ts';
import { OverviewPyramid } from '#shared/raster/overview-pyramid.ts';
import { decodeTile } from '#shared/raster/tile-encode.ts';
import type { ObjectStore } from '#shared/storage/object-store.ts';
import { partOverviews, partSide, reducerOf } from './part-planes.ts';
import type { StitchParts } from './stitch-parts.ts';

/** Where overviews wait until the file can be laid out, where they are too large to wait in memory. */
export interface StitchScratch {
  store: ObjectStore;
  /** An object that is nobody else's; it is removed again. */
  key: string;
  /** Bytes that stay in memory; 4 MiB where it is not told. */
  above?: number | undefined;
}

interface BuildOptions {
  scratch?: StitchScratch | undefined;
  signal?: AbortSignal | undefined;
}

const mostInMemory = 4 * 2 ** 20;

/** Builds the overviews from the parts' last one on, and keeps them for as long as they are used. */
export async function withOverviews(
  parts: StitchParts,
  spec: CogSpec,
  { scratch, signal }: BuildOptions,
  use: (levels: CogLevel[]) => Promise<void>,
): Promise<void> {
  if (overviewSizes(spec.window.width, spec.window.height).length < partOverviews) return use([]);
  // Each level has a quarter of the bytes of the one before, or a little more.
  const expected = (parts.bytesOf(partOverviews) * 4) / 3;
  if (!scratch || expected <= (scratch.above ?? mostInMemory))
    return use(await buildOverviews(parts, spec, memoryTiles(), signal));
  const { store, key } = scratch;
  let built: CogLevel[] = [];
  try {
    await store.putStream(key, async (sink) => {
      const keeper = {
        write: (bytes: Uint8Array) => sink.write(bytes),
        read: (offset: number, length: number) => store.getRange(key, offset, length),
      };
      built = await buildOverviews(parts, spec, keeper, signal);
    });
    await use(built);
  } finally {
    // What is left of it goes with the job's other files.
    await store.delete(key).catch(() => {});
  }
}

async function buildOverviews(
  parts: StitchParts,
  spec: CogSpec,
  keeper: TileKeeper,
  signal: AbortSignal | undefined,
): Promise<CogLevel[]> {
  const { width, height } = spec.window;
  const overviews = new OverviewLevels(width, height, parts.bands, keeper);
  const pyramid = new OverviewPyramid({
    width,
    height,
    planes: parts.bands,
    form: spec,
    reduce: reducerOf(spec),
    halvings: partOverviews,
    emit: (tile) => overviews.put(tile),
  });
  const form = { ...spec, side: partSide(partOverviews) };
  const load = async ({ col, row }: Place) => {
    const part = parts.partAt(col, row);
    if (part === null) return null;
    return Promise.all((await parts.readLevel(part, partOverviews)).map((bytes) => decodeTile(bytes, form)));
  };
  for await (const [{ col, row }, planes] of ahead(byQuarters(parts.across, parts.down), load)) {
    signal?.throwIfAborted();
    await pyramid.add(col, row, planes);
  }
  await pyramid.finish();
  return overviews.levels(partOverviews);
}

interface Place {
  col: number;
  row: number;
}

/**
 * The places of a raster in the order of a quadtree: the four tiles of an overview's tile follow each other, and so do
 * the sixteen of the next one's, so that of every overview only one tile is unfinished at a time.
 */
export function* byQuarters(across: number, down: number): Generator<Place> {
  const side = 2 ** Math.ceil(Math.log2(Math.max(across, down)));
  yield* quarter({ col: 0, row: 0 }, side, across, down);
}

function* quarter({ col, row }: Place, side: number, across: number, down: number): Generator<Place> {
  if (col >= across || row >= down) return;
  if (side === 1) return yield { col, row };
  const half = side / 2;
  for (const y of [row, row + half])
    for (const x of [col, col + half]) yield* quarter({ col: x, row: y }, half, across, down);
}

/** Parts that are read while one is used. */
const readAhead = 8;

/** Each item with what is loaded for it, in order; the next ones are loaded meanwhile. */
async function* ahead<T, R>(items: Iterable<T>, load: (item: T) => Promise<R>): AsyncGenerator<[T, R]> {
  const loading: [T, Promise<R>][] = [];
  for (const item of items) {
    const started = load(item);
    // Its turn may never come.
    started.catch(() => {});
    loading.push([item, started]);
    if (loading.length < readAhead) continue;
    const [next, loaded] = loading.shift()!;
    yield [next, await loaded];
  }
  for (const [next, loaded] of loading) yield [next, await loaded];
}
