import { sql } from 'kysely';
import type { Database } from './database.ts';
import { addEvent } from './events.ts';
import type { Job } from '#shared/domain/job.ts';
import { jobColumns, jobOfRow } from './job-row.ts';

/** Planning and stitching hold a job for so long at a time. */
export const jobLeaseSeconds = 60;

/** Planning, and after it stitching, is begun so often at most. */
export const maxJobTries = 5;

const leasedUntil = sql<Date>`now() + make_interval(secs => ${jobLeaseSeconds})`;

/** Takes an accepted job, or one whose planner has gone silent, for planning; null where there is nothing to plan. */
export async function claimPlanning(db: Database, id: string): Promise<Job | null> {
  const row = await db
    .updateTable('jobs')
    .set((eb) => ({
      state: 'running',
      phase: 'planning',
      tries: eb('tries', '+', 1),
      lease: eb('lease', '+', 1),
      leased_until: leasedUntil,
      started_at: sql`coalesce(started_at, now())`,
    }))
    .where('id', '=', id)
    .where('state', 'in', ['accepted', 'running'])
    .where('tries', '<', maxJobTries)
    .where(sql<boolean>`(phase IS NULL OR (phase = 'planning' AND leased_until < now()))`)
    .returning(jobColumns)
    .executeTakeFirst();
  return row ? jobOfRow(row) : null;
}

/** Takes a job whose parts are all there for stitching; null where it is not ready, taken or over. */
export async function claimStitching(db: Database, id: string): Promise<Job | null> {
  const row = await db
    .updateTable('jobs')
    .set((eb) => ({
      phase: 'stitching',
      tries: eb('tries', '+', 1),
      lease: eb('lease', '+', 1),
      leased_until: leasedUntil,
    }))
    .where('id', '=', id)
    .where('state', '=', 'running')
    .where('tries', '<', maxJobTries)
    .where(sql<boolean>`(phase = 'computing' OR (phase = 'stitching' AND leased_until < now()))`)
    .where(
      sql<boolean>`NOT EXISTS (
      SELECT FROM job_parts JOIN parts ON parts.key = job_parts.part_key
      WHERE job_parts.job_id = jobs.id AND parts.state <> 'done')`,
    )
    .returning(jobColumns)
    .executeTakeFirst();
  if (row) await addEvent(db, id, 'stitching');
  return row ? jobOfRow(row) : null;
}

/** Holds a job for longer; false where it is lost or over: stop working on it. */
export async function renewJob(db: Database, { id, lease }: Pick<Job, 'id' | 'lease'>): Promise<boolean> {
  const renewed = await db
    .updateTable('jobs')
    .set({ leased_until: leasedUntil })
    .where('id', '=', id)
    .where('lease', '=', lease)
    .where('state', '=', 'running')
    .executeTakeFirst();
  return renewed.numUpdatedRows === 1n;
}

/**
 * Lets a job go, so that the next message plans or stitches it at once. `forgive`: this try does not count.
 *
 * @returns whether it may be begun again; false as well where the lease is lost
 */
export async function releaseJob(
  db: Database,
  { id, lease, phase }: Pick<Job, 'id' | 'lease' | 'phase'>,
  options: { forgive: boolean },
): Promise<boolean> {
  const row = await db
    .updateTable('jobs')
    .set((eb) => ({
      phase: phase === 'planning' ? null : 'computing',
      leased_until: null,
      ...(options.forgive ? { tries: eb('tries', '-', 1) } : {}),
    }))
    .where('id', '=', id)
    .where('lease', '=', lease)
    .where('state', '=', 'running')
    .returning('tries')
    .executeTakeFirst();
  return row !== undefined && row.tries < maxJobTries;
}

/** Ends a job well, under its lease; false where the lease is lost. */
export async function finishJob(
  db: Database,
  { id, lease }: Pick<Job, 'id' | 'lease'>,
  summary: unknown,
): Promise<boolean> {
  return db.transaction().execute(async (trx) => {
    const done = await trx
      .updateTable('jobs')
      .set({
        state: 'successful',
        phase: null,
        summary: JSON.stringify(summary),
        finished_at: sql`now()`,
        leased_until: null,
      })
      .where('id', '=', id)
      .where('lease', '=', lease)
      .where('state', '=', 'running')
      .executeTakeFirst();
    if (done.numUpdatedRows === 0n) return false;
    await addEvent(trx, id, 'successful', summary);
    return true;
  });
}
