import type { Database } from '#shared/db/database.ts';
import type { Quotas } from '#shared/db/quota.ts';
import type { AoiLimits } from '#shared/domain/aoi.ts';
import type { Source } from '#shared/domain/source.ts';
import type { Logger } from '#shared/http/logger.ts';
import type { TokenPolicy } from '#shared/http/verify-token.ts';
import type { ModelManifest } from '#shared/model/model-manifest.ts';
import type { Queue } from '#shared/queue/queue.ts';

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
  tokens: TokenPolicy;
  maxTries: number;
  /** YYYY-MM-DD. */
  today: () => string;
  version: string;
  logger: Logger;
}
