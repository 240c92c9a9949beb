import type { Database } from '#shared/db/database.ts';
import type { Source } from '#shared/domain/source.ts';
import type { Logger } from '#shared/http/logger.ts';
import type { ModelManifest } from '#shared/model/model-manifest.ts';
import type { Queue } from '#shared/queue/queue.ts';
import type { SceneQuery } from '#shared/stac/query.ts';
import type { Scene } from '#shared/stac/scene.ts';
import type { ObjectStore } from '#shared/storage/object-store.ts';

/** What `score` needs of the world. */
export interface ScoreDeps {
  db: Database;
  queue: Queue;
  store: ObjectStore;
  sources: readonly Source[];
  model: (name: string) => Promise<ModelManifest>;
  search: (
    source: Source,
    query: SceneQuery,
    signal: AbortSignal,
  ) => Promise<{ scenes: Scene[]; skipped: { id: string; reason: string }[] }>;
  /** Refuses an asset that lies outside of what its source may read. */
  assertReadable: (source: Source, href: string) => Promise<void>;
  assetSize: (href: string) => Promise<number | null>;
  product: { version: string; commit: string };
  logger: Logger;
  /** The most memory that this process has had so far. */
  peakMemoryBytes: () => number;
  now: () => Date;
}
