import { expireJobs } from '#shared/db/expire-jobs.ts';
import { isRetentionHeld } from '#shared/db/retention-hold.ts';
import { makeRoom } from './make-room.ts';
import { forget, removeParts, sweepJobs } from './remove-unused.ts';
import { batch, untilNone, type RetainDeps, type Retained, type RetentionTimes } from './retention-run.ts';

export const defaultRetentionTimes: RetentionTimes = {
  graceSeconds: 3600,
  sweepAfterSeconds: 600,
  leaseSeconds: 300,
  budgetSeconds: 20,
};

const day = 86_400;

/** Removes what nobody needs any more: by its age, then for want of room. Any number of callers may do so at once. */
export async function retain(deps: RetainDeps, times: RetentionTimes): Promise<Retained | 'held'> {
  const done: Retained = { parts: 0, expired: 0, swept: 0, forgotten: 0, bytes: 0 };
  const run = { ...deps, times, done, end: Date.now() + times.budgetSeconds * 1000 };
  if (await isRetentionHeld(deps.db)) return 'held';
  const { keepResultsDays, keepPartsDays, removeHalfWritten } = deps.retention;
  done.bytes += (await removeHalfWritten?.()) ?? 0;
  const keepSeconds = keepPartsDays * day;
  const graceSeconds = Math.min(times.graceSeconds, keepSeconds);
  const ages = {
    successfulSeconds: keepResultsDays === null ? null : keepResultsDays * day,
    failedSeconds: keepSeconds,
    dismissedSeconds: graceSeconds,
    deletedSeconds: times.graceSeconds,
  };
  await untilNone(run, async () => {
    const expired = await expireJobs(deps.db, ages, batch);
    done.expired += expired.length;
    return expired.length;
  });
  await sweepJobs(run);
  await untilNone(run, () => removeParts(run, { keepSeconds, graceSeconds }));
  await makeRoom(run);
  await untilNone(run, () => forget(run));
  return done;
}
