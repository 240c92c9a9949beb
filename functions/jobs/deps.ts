import type { Database } from '#shared/db/database.ts';
import type { Quotas } from '#shared/db/quota.ts';
import type { AoiLimits } from '#shared/domain/check-aoi.ts';
import type { Source } from '#shared/domain/source.ts';
import type { Logger } from '#shared/http/logger.ts';
import type { TokenPolicy } from '#shared/http/verify-token.ts';
import type { SceneAccess } from '#shared/mapping/plan-for-source.ts';
import type { QuoteInputs } from '#shared/mapping/quote.ts';
import type { ReadAsset } from '#shared/mapping/read-observation.ts';
import type { VotingModel } from '#shared/mapping/voting-model.ts';
import type { ModelManifest } from '#shared/model/model-manifest.ts';
import type { Queue } from '#shared/queue/queue.ts';
import type { ObjectStore } from '#shared/storage/object-store.ts';
import type { Retention, RetentionTimes } from './retention-run.ts';

/** What `jobs` needs of the world. */
export interface JobsDeps {
  db: Database;
  queue: Queue;
  quotas: Quotas;
  limits: AoiLimits;
  sources: readonly Source[];
  /** The manifest of an installed model; an unknown one is refused. */
  model: (name: string) => Promise<ModelManifest>;
  modelNames: () => Promise<string[]>;
  /** The members of a model, each an ensemble of its own; loaded when first asked for. */
  votes: (name: string) => Promise<VotingModel>;
  /** Finds the scenes of a source, as planning does. */
  scenes: SceneAccess;
  /** Opens rasters of a source for one quote. */
  rasters: (source: Source) => Promise<Pick<QuoteInputs, 'open' | 'read'>>;
  /** Reads what a source may read, and nothing else. */
  reader: (source: Source) => ReadAsset;
  /** Store of plans, tasks, parts and results. */
  store: ObjectStore;
  /** How many workers there are, where the past does not show more. */
  workers: number;
  /** Chunks that a worker computes at once: neighbours read what they share once. */
  chunksAtOnce: number;
  retention: Retention;
  /** Other times than those of a deployment. */
  retentionTimes?: RetentionTimes | undefined;
  tokens: TokenPolicy;
  maxTries: number;
  /** YYYY-MM-DD. */
  today: () => string;
  version: string;
  logger: Logger;
}
