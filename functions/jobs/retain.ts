import {
  expireJob,
  expireJobs,
  forgetParts,
  markSwept,
  oldestResults,
  releaseRemovedParts,
  takeUnusedParts,
  unsweptJobs,
  type PartAges,
} from '#shared/db/retention.ts';
import type { Database } from '#shared/db/database.ts';
import { isRetentionHeld } from '#shared/db/retention-hold.ts';
import type { Logger } from '#shared/http/logger.ts';
import { removePart } from '#shared/mapping/stored-part.ts';
import { jobPrefixes, removeTask } from '#shared/mapping/stored-task.ts';
import type { Queue } from '#shared/queue/queue.ts';
import { chunksQueue } from '#shared/queue/work-messages.ts';
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

export const defaultRetentionTimes: RetentionTimes = {
  graceSeconds: 3600,
  sweepAfterSeconds: 600,
  leaseSeconds: 300,
  budgetSeconds: 20,
};

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

const batch = 20;
const day = 86_400;

/** Removes what nobody needs any more: by its age, then for want of room. Any number of callers may do so at once. */
export async function retain(deps: RetainDeps, times: RetentionTimes): Promise<Retained | 'held'> {
  const done: Retained = { parts: 0, expired: 0, swept: 0, forgotten: 0, bytes: 0 };
  const run = { ...deps, times, done, end: Date.now() + times.budgetSeconds * 1000 };
  if (await isRetentionHeld(deps.db)) return 'held';
  const { keepResultsDays, keepPartsDays } = deps.retention;
  const keepSeconds = keepResultsDays === null ? null : keepResultsDays * day;
  const expiry = { keepSeconds, deletedSeconds: times.graceSeconds, limit: batch };
  await untilNone(run, async () => {
    const expired = await expireJobs(deps.db, expiry);
    done.expired += expired.length;
    return expired.length;
  });
  await sweep(run);
  const ages = { keepSeconds: keepPartsDays * day, graceSeconds: Math.min(times.graceSeconds, keepPartsDays * day) };
  await untilNone(run, () => removeParts(run, ages));
  await makeRoom(run);
  await untilNone(run, () => forget(run));
  return done;
}

type Run = RetainDeps & { times: RetentionTimes; done: Retained; end: number };

/** Small batches, until there is nothing more, the time is up or somebody wants all to stay as it is. */
async function untilNone({ db, end }: Run, once: () => Promise<number>): Promise<void> {
  while (Date.now() < end && !(await isRetentionHeld(db))) if ((await once()) === 0) return;
}

/** Removes files of jobs that were given up a while ago. */
async function sweep(run: Run): Promise<void> {
  const { db, store, times, done } = run;
  await untilNone(run, async () => {
    const ids = await unsweptJobs(db, times.sweepAfterSeconds, batch);
    for (const id of ids) {
      for (const prefix of jobPrefixes(id)) {
        done.bytes += await store.bytes(prefix);
        for (const key of await store.list(prefix)) await store.delete(key);
      }
      await markSwept(db, id);
      done.swept++;
    }
    return ids.length;
  });
}

/** Takes some parts, removes their files and lets them go. */
async function removeParts(run: Run, ages: PartAges): Promise<number> {
  const { db, queue, store, times, done } = run;
  // A process that stood still must not remove what others have computed after its lease.
  const mustEnd = Date.now() + (times.leaseSeconds * 1000) / 3;
  const taken = await takeUnusedParts(db, ages, { limit: batch, leaseSeconds: times.leaseSeconds });
  for (const { key } of taken) {
    if (Date.now() > mustEnd)
      throw new Error('removing parts took too long; they are removed when their lease is over');
    done.bytes += await removePart(store, key);
    done.parts++;
  }
  const wanted = await releaseRemovedParts(db, taken);
  const messages = wanted.map((partKey) => ({ partKey }));
  if (messages.length > 0) await queue.send(chunksQueue, messages);
  return taken.length;
}

/** Removes parts, those first that were finished first, and then gives up the oldest results. */
async function makeRoom(run: Run): Promise<void> {
  const { db, store, done, logger, retention } = run;
  const { maxBytes, usedBytes } = retention;
  if (maxBytes === null) return;
  const pending = await pendingBytes(run);
  const used = (await usedBytes()) - pending;
  let over = used - maxBytes;
  if (over <= 0) return;
  await untilNone(run, async () => {
    if (over <= 0) return 0;
    const before = done.bytes;
    const removed = await removeParts(run, { keepSeconds: 0, graceSeconds: 0 });
    over -= done.bytes - before;
    return removed;
  });
  await untilNone(run, async () => {
    const ids = over > 0 ? await oldestResults(db, batch) : [];
    for (const id of ids) {
      if (over <= 0) return 0;
      if (await expireJob(db, id)) done.expired++;
      over -= await bytesOf(store, id);
    }
    return ids.length;
  });
  if (over > 0) logger.warn('Retention:NoRoom', { usedBytes: used, maxBytes, overBytes: over });
}

const bytesOf = async (store: ObjectStore, id: string): Promise<number> => {
  const sizes = await Promise.all(jobPrefixes(id).map((prefix) => store.bytes(prefix)));
  return sizes.reduce((sum, bytes) => sum + bytes, 0);
};

/** What was given up and is still there. */
async function pendingBytes({ db, store }: Run): Promise<number> {
  let bytes = 0;
  for (const id of await unsweptJobs(db, 0, 1000)) bytes += await bytesOf(store, id);
  return bytes;
}

function forget({ db, store, times, done }: Run): Promise<number> {
  const remove = async (keys: string[]) => {
    await Promise.all(keys.map((key) => Promise.all([removeTask(store, key), removePart(store, key)])));
    done.forgotten += keys.length;
  };
  return forgetParts(db, { olderThanSeconds: times.graceSeconds, limit: batch }, remove);
}
