import { sql } from 'kysely';
import type { Database } from './database.ts';

/** How long the files of a job are kept after its end, by what became of it. */
export interface JobAges {
  /** Null: for ever. */
  successfulSeconds: number | null;
  failedSeconds: number;
  dismissedSeconds: number;
  /** After it was deleted, however it ended. */
  deletedSeconds: number;
}

const successful = sql`state = 'successful'`;
/** Whatever they need to be run again is made anew. */
const unsuccessful = sql`state IN ('failed', 'dismissed')`;

const ago = (seconds: number) => sql`now() - make_interval(secs => ${seconds})`;
const idsOf = ({ rows }: { rows: { id: string }[] }) => rows.map(({ id }) => id);

/** Gives up the files of jobs that ended, or were deleted, so long ago. */
export async function expireJobs(db: Database, ages: JobAges, limit: number): Promise<string[]> {
  const old = [
    sql`(state = 'failed' AND finished_at <= ${ago(ages.failedSeconds)})`,
    sql`(state = 'dismissed' AND finished_at <= ${ago(ages.dismissedSeconds)})`,
    sql`(state NOT IN ('accepted', 'running') AND deleted_at <= ${ago(ages.deletedSeconds)})`,
  ];
  if (ages.successfulSeconds !== null) old.push(sql`(${successful} AND finished_at <= ${ago(ages.successfulSeconds)})`);
  return idsOf(
    await sql<{ id: string }>`
      UPDATE jobs SET expired_at = now() WHERE id IN (
        SELECT id FROM jobs WHERE expired_at IS NULL AND (${sql.join(old, sql` OR `)})
        ORDER BY finished_at LIMIT ${limit} FOR UPDATE SKIP LOCKED)
      RETURNING id`.execute(db),
  );
}

/** Jobs whose files are kept, those first that ended first: the failed and cancelled ones, or those with a result. */
export const oldestKept = async (db: Database, which: 'without result' | 'with result', limit: number) =>
  idsOf(
    await sql<{ id: string }>`
      SELECT id FROM jobs WHERE ${which === 'with result' ? successful : unsuccessful} AND expired_at IS NULL
      ORDER BY finished_at LIMIT ${limit}`.execute(db),
  );

/** Gives up the files of one job; false where they were given up before, or it was begun again. */
export async function expireJob(db: Database, id: string): Promise<boolean> {
  const { rows } = await sql`
    UPDATE jobs SET expired_at = now()
    WHERE id = ${id} AND state NOT IN ('accepted', 'running') AND expired_at IS NULL
    RETURNING id`.execute(db);
  return rows.length > 0;
}

/** Jobs whose files were given up at least so long ago, so that nobody reads them any more, and are not removed. */
export const unsweptJobs = async (db: Database, afterSeconds: number, limit: number): Promise<string[]> =>
  idsOf(
    await sql<{ id: string }>`
      SELECT id FROM jobs
      WHERE expired_at <= ${ago(afterSeconds)} AND swept_at IS NULL
      ORDER BY expired_at LIMIT ${limit}`.execute(db),
  );

/**
 * Removes the files of a job that were given up; its parts are no longer used by it. While they are removed nobody
 * begins the job again, who would leave its new files among the old ones.
 *
 * @param remove where it fails, the job counts as before
 * @returns false where the job was begun again meanwhile, or is swept
 */
export async function sweepJob(db: Database, id: string, remove: () => Promise<void>): Promise<boolean> {
  return db.transaction().execute(async (trx) => {
    const { rows } = await sql`
      SELECT FROM jobs WHERE id = ${id} AND expired_at IS NOT NULL AND swept_at IS NULL
      FOR NO KEY UPDATE`.execute(trx);
    if (rows.length === 0) return false;
    await remove();
    await trx.deleteFrom('job_parts').where('job_id', '=', id).execute();
    await sql`UPDATE jobs SET swept_at = now() WHERE id = ${id}`.execute(trx);
    return true;
  });
}
