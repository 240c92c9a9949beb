import type { ChunkId } from '#shared/domain/grid.ts';
import type { CogLevel, CogSpec } from '#shared/raster/cog-spec.ts';
import { writeCog, type CogSink } from '#shared/raster/cog-writer.ts';
import { overviewSizes } from '#shared/raster/overview.ts';
import { OverviewLevels } from '#shared/raster/overview-levels.ts';
import { OverviewPyramid } from '#shared/raster/overview-pyramid.ts';
import { decodeTile } from '#shared/raster/tile-encode.ts';
import type { ObjectStore } from '#shared/storage/object-store.ts';
import { rasterForm, type PartBand, type PartRecord } from './part.ts';
import { partOverviews, partSide, reducerOf } from './part-planes.ts';
import { copiedLevel, StitchParts, type PlacedPart } from './stitch-parts.ts';
import type { StitchPlan } from './stitch-plan.ts';

/** Sees what is known of each finished chunk's bands: what was counted of their pixels among it. */
export type OnTile = (chunk: ChunkId, bands: readonly PartBand[]) => void;

interface StitchOptions {
  metadata: Record<string, string>;
  onTile: OnTile;
  signal?: AbortSignal | undefined;
}

/**
 * Joins the parts of a plan to one Cloud Optimized GeoTIFF. Their compressed tiles are copied as they are, and so is
 * the first overview of each; what is coarser is built from the second. Chunks come in the order of the plan,
 * whichever order they were computed in.
 */
export async function stitch(
  plan: StitchPlan,
  records: ReadonlyMap<string, PartRecord>,
  store: ObjectStore,
  sink: CogSink,
  { metadata, onTile, signal }: StitchOptions,
): Promise<void> {
  const spec: CogSpec = { ...rasterForm(plan.output, plan.model), window: plan.extent, metadata };
  const parts = new StitchParts(plan, records, store);
  for (const { chunk, bands } of parts.placed) onTile(chunk, bands);
  const levels = overviewSizes(plan.extent.width, plan.extent.height).length;
  const copied = Array.from({ length: Math.min(levels + 1, partOverviews) }, (_, level) =>
    copiedLevel(parts, level, spec.bands.length),
  );
  const built = levels < partOverviews ? [] : await buildOverviews(parts, spec, signal);
  await writeCog(spec, [...copied, ...built], sink, signal);
}

/** The overviews from the parts' last one on. */
async function buildOverviews(parts: StitchParts, spec: CogSpec, signal?: AbortSignal): Promise<CogLevel[]> {
  const { width, height } = spec.window;
  const overviews = new OverviewLevels(width, height, spec.bands.length);
  const pyramid = new OverviewPyramid({
    width,
    height,
    planes: spec.bands.length,
    form: spec,
    reduce: reducerOf(spec),
    halvings: partOverviews,
    emit: (tile) => overviews.put(tile),
  });
  const form = { ...spec, side: partSide(partOverviews) };
  const load = async (part: PlacedPart) =>
    Promise.all((await parts.readLevel(part, partOverviews)).map((bytes) => decodeTile(bytes, form)));
  for await (const [{ col, row }, planes] of ahead(parts.placed, load)) {
    signal?.throwIfAborted();
    await pyramid.add(col, row, planes);
  }
  await pyramid.finish();
  return overviews.levels(partOverviews);
}

/** Parts that are read while one is used. */
const readAhead = 8;

/** Each item with what is loaded for it, in order; the next ones are loaded meanwhile. */
async function* ahead<T, R>(items: readonly T[], load: (item: T) => Promise<R>): AsyncGenerator<[T, R]> {
  const loading: Promise<R>[] = [];
  for (let i = 0; i < items.length; i++) {
    for (let next = i + loading.length; next < Math.min(i + readAhead, items.length); next++) {
      const started = load(items[next]);
      // Its turn may never come.
      started.catch(() => {});
      loading.push(started);
    }
    yield [items[i], await loading.shift()!];
  }
}
