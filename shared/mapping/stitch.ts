import { chunkPixels, type ChunkId, type GridWindow } from '#shared/domain/grid.ts';
import { tilesAcross, type CogLevel, type CogSpec } from '#shared/raster/cog-spec.ts';
import { writeCog, type CogSink } from '#shared/raster/cog-writer.ts';
import { OverviewLevels } from '#shared/raster/overview-levels.ts';
import { OverviewPyramid, reduceClassPlanes, reduceMeanPlanes } from '#shared/raster/overview-pyramid.ts';
import { decodeTile, type TileData } from '#shared/raster/tile-encode.ts';
import type { ObjectStore } from '#shared/storage/object-store.ts';
import { partFile, rasterForm, type PartRecord } from './part.ts';
import type { StitchPlan } from './stitch-plan.ts';

/** Sees the pixels of each finished chunk, band by band. */
export type OnTile = (chunk: ChunkId, planes: readonly TileData[]) => void;

/**
 * Joins the parts of a plan to one Cloud Optimized GeoTIFF: their compressed tiles are copied as they are, the
 * overviews are built from them. Chunks come in the order of the plan, whichever order they were computed in.
 */
export async function stitch(
  plan: StitchPlan,
  records: ReadonlyMap<string, PartRecord>,
  store: ObjectStore,
  sink: CogSink,
  options: { metadata: Record<string, string>; onTile: OnTile; signal?: AbortSignal | undefined },
): Promise<void> {
  const form = rasterForm(plan.output, plan.model);
  const spec: CogSpec = { ...form, window: plan.extent, metadata: options.metadata };
  const overviews = new OverviewLevels(plan.extent.width, plan.extent.height, form.bands.length);
  const pyramid = new OverviewPyramid({
    width: plan.extent.width,
    height: plan.extent.height,
    planes: form.bands.length,
    form,
    reduce: plan.output === 'map' ? reduceClassPlanes : reduceMeanPlanes(form.nodata),
    emit: (tile) => overviews.put(tile),
  });
  const decode = ({ key }: { key: string }) => decodePart(store, key, records.get(key)!, form);
  for await (const [task, planes] of ahead(plan.tasks, decode)) {
    options.signal?.throwIfAborted();
    options.onTile(task.chunk, planes);
    const { col, row } = tilePosition(plan.extent, task.chunk);
    await pyramid.add(col, row, planes);
  }
  await pyramid.finish();
  await writeCog(spec, [fullResolution(plan, records, store), ...overviews.levels()], sink, options.signal);
}

/** Parts that are decoded while one is used. */
const decodedAhead = 4;

/** Each item with what is loaded for it, in order; the next ones are loaded meanwhile. */
async function* ahead<T, R>(items: readonly T[], load: (item: T) => Promise<R>): AsyncGenerator<[T, R]> {
  const loading: Promise<R>[] = [];
  for (let i = 0; i < items.length; i++) {
    for (let next = i + loading.length; next < Math.min(i + decodedAhead, items.length); next++) {
      const started = load(items[next]);
      // Its turn may never come.
      started.catch(() => {});
      loading.push(started);
    }
    yield [items[i], await loading.shift()!];
  }
}

/** Column and row of a chunk among the tiles of the result. */
function tilePosition(extent: GridWindow, { col, row }: ChunkId): { col: number; row: number } {
  const metres = chunkPixels * extent.pixelSize;
  return { col: col - extent.originX / metres, row: extent.originY / metres - row - 1 };
}

async function decodePart(store: ObjectStore, key: string, { tiles }: PartRecord, form: ReturnType<typeof rasterForm>) {
  const file = await store.get(partFile(key));
  if (!file) throw new Error(`the part ${key} has vanished from the store`);
  return Promise.all(tiles.map(({ offset, size }) => decodeTile(file.subarray(offset, offset + size), form)));
}

/** The full resolution as tiles of parts; where no chunk was planned, the file is sparse. */
function fullResolution(plan: StitchPlan, records: ReadonlyMap<string, PartRecord>, store: ObjectStore): CogLevel {
  const { width, height } = plan.extent;
  const across = tilesAcross(width);
  const perBand = across * tilesAcross(height);
  const bands = rasterForm(plan.output, plan.model).bands.length;
  const sizes = new Array<number>(perBand * bands).fill(0);
  const sources = new Map<number, { key: string; offset: number }>();
  for (const task of plan.tasks) {
    const { col, row } = tilePosition(plan.extent, task.chunk);
    records.get(task.key)!.tiles.forEach(({ offset, size }, band) => {
      const index = band * perBand + row * across + col;
      sizes[index] = size;
      sources.set(index, { key: task.key, offset });
    });
  }
  const read = (index: number) => {
    const { key, offset } = sources.get(index)!;
    return store.getRange(partFile(key), offset, sizes[index]);
  };
  return { width, height, sizes, read };
}
