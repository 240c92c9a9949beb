import type { Database } from '#shared/db/database.ts';
import { isRetentionHeld } from '#shared/db/retention-hold.ts';
import type { Logger } from '#shared/http/logger.ts';
import type { Queue } from '#shared/queue/queue.ts';
import type { ObjectStore } from '#shared/storage/object-store.ts';

/** What is kept for how long, and how much of it. */
export interface Retention {
  /** Null: for ever. */
  keepResultsDays: number | null;
  keepPartsDays: number;
  /** Null: as much as the disk takes. */
  maxBytes: number | null;
  /** Bytes of everything that the limit is about. */
  usedBytes: () => Promise<number>;
  /** Removes what processes have begun to write that were killed, and tells its bytes; null where nothing is left. */
  removeHalfWritten: (() => Promise<number>) | null;
}

/** What may be different in tests. */
export interface RetentionTimes {
  /** A cancelled or deleted job's files stay for so long. */
  graceSeconds: number;
  /** Between giving up a result and removing its files: downloads that were begun come to their end. */
  sweepAfterSeconds: number;
  /** Nobody else takes a part for so long; files are removed in the first part of it only. */
  leaseSeconds: number;
  /** A call does no more than this. */
  budgetSeconds: number;
}

export interface RetainDeps {
  db: Database;
  queue: Queue;
  store: ObjectStore;
  retention: Retention;
  logger: Logger;
}

/** What was removed, and what more was given up. */
export interface Retained {
  parts: number;
  expired: number;
  swept: number;
  forgotten: number;
  bytes: number;
}

/** One run of retention, and what it has done so far. */
export type RetentionRun = RetainDeps & { times: RetentionTimes; done: Retained; end: number };

export const batch = 20;

/** Small batches, until there is nothing more, the time is up or somebody wants all to stay as it is. */
export async function untilNone({ db, end }: RetentionRun, once: () => Promise<number>): Promise<void> {
  while (Date.now() < end && !(await isRetentionHeld(db))) if ((await once()) === 0) return;
}
