import { unsweptJobs, sweepJob } from '#shared/db/expire-jobs.ts';
import { forgetParts } from '#shared/db/forget-parts.ts';
import { releaseRemovedParts, takeUnusedParts, type PartAges } from '#shared/db/retention.ts';
import { removePart } from '#shared/mapping/stored-part.ts';
import { jobPrefixes, removeTask } from '#shared/mapping/stored-task.ts';
import { chunksQueue } from '#shared/queue/work-messages.ts';
import { batch, untilNone, type RetentionRun } from './retention-run.ts';

/** Removes files of jobs that were given up a while ago. */
export async function sweepJobs(run: RetentionRun): Promise<void> {
  const { db, times } = run;
  await untilNone(run, async () => {
    const ids = await unsweptJobs(db, times.sweepAfterSeconds, batch);
    for (const id of ids) await sweep(run, id);
    return ids.length;
  });
}

async function sweep({ db, store, done }: RetentionRun, id: string): Promise<void> {
  let bytes = 0;
  const keys: string[] = [];
  for (const prefix of jobPrefixes(id)) {
    bytes += await store.bytes(prefix);
    keys.push(...(await store.list(prefix)));
  }
  const removed = await sweepJob(db, id, async () => {
    for (const key of keys) await store.delete(key);
  });
  if (!removed) return;
  done.bytes += bytes;
  done.swept++;
}

/** Takes some parts, removes their files and lets them go. */
export async function removeParts(run: RetentionRun, ages: PartAges): Promise<number> {
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

/** Removes what is left of parts that no job refers to. */
export function forget({ db, store, times, done }: RetentionRun): Promise<number> {
  const remove = async (keys: string[]) => {
    await Promise.all(keys.map((key) => Promise.all([removeTask(store, key), removePart(store, key)])));
    done.forgotten += keys.length;
  };
  return forgetParts(db, { olderThanSeconds: times.graceSeconds, limit: batch }, remove);
}
