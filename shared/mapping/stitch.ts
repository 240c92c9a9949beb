import type { CogSpec } from '#shared/raster/cog-spec.ts';
import { writeCog, type CogSink } from '#shared/raster/cog-writer.ts';
import { overviewSizes } from '#shared/raster/overview.ts';
import type { ObjectStore } from '#shared/storage/object-store.ts';
import type { ChunkId } from '#shared/domain/grid.ts';
import type { PartBand, PartRecord } from './part-record.ts';
import { rasterForm } from './part.ts';
import { partOverviews } from './part-planes.ts';
import { withOverviews, type StitchScratch } from './stitch-overviews.ts';
import { copiedLevel, StitchParts, type PartRecords } from './stitch-parts.ts';
import type { StitchPlan } from './stitch-plan.ts';

/** Sees what is known of each finished chunk: what was counted of its bands' pixels, and the rest of its record. */
export type OnTile = (chunk: ChunkId, bands: readonly PartBand[], record: PartRecord) => void;

interface StitchOptions {
  metadata: Record<string, string>;
  onTile: OnTile;
  /** Overviews stay in memory where it is not told. */
  scratch?: StitchScratch | undefined;
  signal?: AbortSignal | undefined;
}

/**
 * Joins the parts of a plan to one Cloud Optimized GeoTIFF. Their compressed tiles are copied as they are, and so is
 * the first overview of each; what is coarser is built from the second. The order in which chunks were computed, or
 * their records come, changes nothing. Of a part some hundred bytes are held, of the overviews one unfinished tile a
 * level, and what `scratch` allows.
 */
export async function stitch(
  plan: StitchPlan,
  records: PartRecords,
  store: ObjectStore,
  sink: CogSink,
  { metadata, onTile, scratch, signal }: StitchOptions,
): Promise<void> {
  const spec: CogSpec = { ...rasterForm(plan.output, plan.model), window: plan.extent, metadata };
  const parts = await StitchParts.gather(plan, spec.bands.length, records, store, (chunk, record) =>
    onTile(chunk, record.tiles, record),
  );
  const levels = overviewSizes(plan.extent.width, plan.extent.height).length;
  const copied = Array.from({ length: Math.min(levels + 1, partOverviews) }, (_, level) => copiedLevel(parts, level));
  await withOverviews(parts, spec, { scratch, signal }, (built) => writeCog(spec, [...copied, ...built], sink, signal));
}
