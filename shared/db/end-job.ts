import { sql } from 'kysely';
import type { Role } from '#shared/domain/user.ts';
import { GeoCropError } from '#shared/domain/errors.ts';
import type { Database } from './database.ts';
import { addEvent } from './events.ts';
import { openStates, type JobError } from '#shared/domain/job.ts';
import { assertQuota, type Quotas } from './quota.ts';
import { lockUser } from './submit-job.ts';

/** Stops an open job: nothing new is begun for it, nothing of it is committed. False where it was not open. */
export async function dismissJob(db: Database, id: string): Promise<boolean> {
  return db.transaction().execute(async (trx) => {
    const ended = await trx
      .updateTable('jobs')
      .set({ state: 'dismissed', phase: null, finished_at: sql`now()` })
      .where('id', '=', id)
      .where('state', 'in', openStates)
      .executeTakeFirst();
    if (ended.numUpdatedRows === 0n) return false;
    await addEvent(trx, id, 'dismissed');
    return true;
  });
}

/** Hides a job that has ended; what it used of a quota stays used. False where it was open. */
export async function deleteJob(db: Database, id: string): Promise<boolean> {
  const hidden = await db
    .updateTable('jobs')
    .set({ deleted_at: sql`now()` })
    .where('id', '=', id)
    .where('state', 'not in', openStates)
    .executeTakeFirst();
  return hidden.numUpdatedRows > 0n;
}

/**
 * Fails an open job with its reason. A job that the system failed counts against no quota; one whose request could
 * not be served does. With a lease, only under it: a planner that was overtaken fails nothing.
 */
export async function failJob(
  db: Database,
  id: string,
  error: JobError,
  blame: 'user' | 'system',
  lease?: number,
): Promise<boolean> {
  const query = db
    .updateTable('jobs')
    .set({
      state: 'failed',
      phase: null,
      error: JSON.stringify(error),
      finished_at: sql`now()`,
      ...(blame === 'system' ? { counts: false } : {}),
    })
    .where('id', '=', id)
    .where('state', 'in', openStates);
  const failed = await (lease === undefined ? query : query.where('lease', '=', lease)).executeTakeFirst();
  if (failed.numUpdatedRows === 0n) return false;
  await addEvent(db, id, 'failed', error);
  return true;
}

/** Accepts a failed or cancelled job once more; finished parts are used again. It counts as it did at first. */
export async function retryJob(db: Database, id: string, owner: string, quotas: Quotas): Promise<void> {
  await db.transaction().execute(async (trx) => {
    const role: Role = await lockUser(trx, owner);
    const job = await trx
      .selectFrom('jobs')
      .select(['state', 'counts'])
      .where('id', '=', id)
      .forUpdate()
      .executeTakeFirstOrThrow();
    if (job.state !== 'failed' && job.state !== 'dismissed')
      throw new GeoCropError('conflict', `only a failed or cancelled job can be run again; this one is ${job.state}`);
    if (!job.counts || role !== 'recruiter') await assertQuota(trx, owner, role, quotas);
    await trx.deleteFrom('job_parts').where('job_id', '=', id).execute();
    await trx
      .updateTable('jobs')
      .set((eb) => ({
        state: 'accepted',
        phase: null,
        error: null,
        counts: true,
        tries: 0,
        finished_at: null,
        expired_at: null,
        swept_at: null,
        leased_until: null,
        attempt: eb('attempt', '+', 1),
      }))
      .where('id', '=', id)
      .execute();
    await addEvent(trx, id, 'retried');
  });
}
