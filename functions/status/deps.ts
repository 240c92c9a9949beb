import type { Database } from '#shared/db/database.ts';
import type { Logger } from '#shared/http/logger.ts';
import type { TokenPolicy } from '#shared/http/verify-token.ts';
import type { ObjectStore } from '#shared/storage/object-store.ts';

/** What `status` needs of the world. */
export interface StatusDeps {
  db: Database;
  store: ObjectStore;
  tokens: TokenPolicy;
  version: string;
  logger: Logger;
  /** Fires when the process is told to end: streams close, clients come back. */
  shutdown: AbortSignal;
  /** How often a stream looks for something new. */
  pollMs: number;
}
