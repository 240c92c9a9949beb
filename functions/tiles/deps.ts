import type { Source } from '#shared/domain/source.ts';
import type { Job } from '#shared/domain/job.ts';
import type { Logger } from '#shared/http/logger.ts';
import type { TokenPolicy } from '#shared/http/verify-token.ts';
import type { Viewer } from '#shared/http/viewer.ts';
import type { TaskAsset } from '#shared/mapping/chunk-task.ts';
import type { Raster } from '#shared/raster/raster.ts';
import type { ObjectStore } from '#shared/storage/object-store.ts';

/** What the database tells of jobs; behind an interface so that a baseline's tile needs no database. */
export interface JobReader {
  /** The job, where the viewer may look at it; else `not-found`. */
  readable(id: string, viewer: Viewer): Promise<Job>;
  /** Keys of the job's parts that are committed. */
  doneParts(id: string): Promise<string[]>;
}

/** What `tiles` needs of the world. */
export interface TilesDeps {
  jobs: JobReader;
  /** Parts, plans and results. */
  store: ObjectStore;
  baselines: ObjectStore;
  /** The source of that id; refuses one that the deployment does not have. */
  source: (id: string) => Promise<Source>;
  /** Opens a file of a scene, if its source may read it; errors call it by `name`, not by its place on the server. */
  openAsset: (source: Source, asset: TaskAsset, name: string) => Promise<Raster>;
  tokens: TokenPolicy;
  /** Address of the deployment; null: as the request names it. */
  publicUrl: string | null;
  version: string;
  logger: Logger;
  /** Decoded blocks that are kept, bytes. */
  cacheBytes: number;
  /** How long a list of the baselines is believed, milliseconds. */
  catalogMs: number;
}
