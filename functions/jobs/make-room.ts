import { expireJob, oldestKept, unsweptJobs } from '#shared/db/expire-jobs.ts';
import { forgottenSoon, forgottenWith } from '#shared/db/forget-parts.ts';
import { jobPrefixes, taskBytes } from '#shared/mapping/stored-task.ts';
import type { ObjectStore } from '#shared/storage/object-store.ts';
import { removeParts } from './remove-unused.ts';
import { batch, untilNone, type RetentionRun } from './retention-run.ts';

/**
 * Removes parts, those first that were finished first, and then gives up what is kept of jobs: of failed and cancelled
 * ones, then results, the oldest first.
 */
export async function makeRoom(run: RetentionRun): Promise<void> {
  const { done, logger, retention } = run;
  const { maxBytes } = retention;
  if (maxBytes === null) return;
  const usedBytes = await retention.usedBytes();
  if (usedBytes <= maxBytes) return;
  const pending = await pendingBytes(run);
  let over = usedBytes - pending - maxBytes;
  await untilNone(run, async () => {
    if (over <= 0) return 0;
    const before = done.bytes;
    const removed = await removeParts(run, { keepSeconds: 0, graceSeconds: 0 });
    over -= done.bytes - before;
    return removed;
  });
  // Tasks of parts that are gone now may go as well.
  if (over > 0) over -= (await pendingBytes(run)) - pending;
  over = await giveUp(run, 'without result', over);
  over = await giveUp(run, 'with result', over);
  if (over > 0) logger.warn('Retention:NoRoom', { usedBytes, maxBytes, overBytes: over });
}

/** @returns bytes that are still too many */
async function giveUp(run: RetentionRun, which: Parameters<typeof oldestKept>[1], tooMany: number): Promise<number> {
  const { db, store, done } = run;
  let over = tooMany;
  await untilNone(run, async () => {
    const ids = over > 0 ? await oldestKept(db, which, batch) : [];
    for (const id of ids) {
      if (over <= 0) return 0;
      if (!(await expireJob(db, id))) continue;
      done.expired++;
      over -= (await bytesOf(store, id)) + (await taskBytes(store, await forgottenWith(db, id)));
    }
    return ids.length;
  });
  return over;
}

const bytesOf = async (store: ObjectStore, id: string): Promise<number> => {
  const sizes = await Promise.all(jobPrefixes(id).map((prefix) => store.bytes(prefix)));
  return sizes.reduce((sum, bytes) => sum + bytes, 0);
};

/** What was given up and is still there. */
async function pendingBytes({ db, store }: RetentionRun): Promise<number> {
  let bytes = await taskBytes(store, await forgottenSoon(db));
  for (const id of await unsweptJobs(db, 0, 1000)) bytes += await bytesOf(store, id);
  return bytes;
}
