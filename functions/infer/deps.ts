import type { Database } from '#shared/db/database.ts';
import type { LeaseTimes } from '#shared/db/part-lease.ts';
import type { Source } from '#shared/domain/source.ts';
import type { Logger } from '#shared/http/logger.ts';
import type { LoadedModel } from '#shared/mapping/compute-part.ts';
import type { ReadAsset } from '#shared/mapping/read-observation.ts';
import type { SharedClock } from '#shared/mapping/stopwatch.ts';
import type { Queue } from '#shared/queue/queue.ts';
import type { ObjectStore } from '#shared/storage/object-store.ts';
import type { Company } from './company.ts';

/** What `infer` needs of the world. */
export interface InferDeps {
  db: Database;
  queue: Queue;
  store: ObjectStore;
  sources: readonly Source[];
  /** The model of that name, and of that identity if it is still installed. */
  model: (name: string, identity: string | null) => Promise<LoadedModel>;
  /** Reads what a source may read, and nothing else. */
  reader: (source: Source) => ReadAsset;
  /** Told of what a reader gave and nobody needs any more. */
  release?: ((samples: ArrayLike<number>) => void) | undefined;
  /** The same on coarse pixels, from overviews. */
  previewReader: (source: Source) => ReadAsset;
  logger: Logger;
  /** Names this worker in leases. */
  worker: string;
  /** The most memory that this worker has had so far. */
  peakMemoryBytes: () => number;
  /** Of the parts that it computes at once. */
  company: Company;
  clock: SharedClock;
  leases: LeaseTimes & { heartbeatSeconds: number };
  /** A preview is given up after `limit`; whether its job still runs is asked every `check`. */
  previewSeconds: { limit: number; check: number };
}
