import type { Logger } from '#shared/http/logger.ts';

/** The demo's job and the key that lets everybody read it. */
export interface Demo {
  job: string;
  share: string;
}

/** What `web` needs of the world. */
export interface WebDeps {
  /** Folder of the built application: `index.html`, `assets/`, and compressed beside them what compresses. */
  folder: string;
  /** The OpenAPI document of the whole API. */
  apiDocument: () => Promise<Record<string, unknown>>;
  /** Null where this deployment has no demo. */
  demo: () => Promise<Demo | null>;
  /** Null: the application's own outlines. */
  basemap: { url: string; attribution: string } | null;
  version: string;
  logger: Logger;
}
