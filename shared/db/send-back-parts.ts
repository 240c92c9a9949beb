import { sql } from 'kysely';
import type { Job } from '#shared/domain/job.ts';
import type { Database } from './database.ts';
import { maxJobTries } from './job-lease.ts';

class NotHeld extends Error {}

/**
 * Lets finished parts whose files are gone be computed once more, and the job wait for them that has found it out. Other
 * jobs that share them count their parts anew before they are stitched.
 *
 * @returns false where the job's lease is lost, or it was stitched too often: then nothing has changed
 */
export async function sendBackParts(
  db: Database,
  { id, lease }: Pick<Job, 'id' | 'lease'>,
  keys: readonly string[],
): Promise<boolean> {
  const work = async (trx: Database) => {
    // Parts before jobs, as workers lock them.
    await sql`
      UPDATE parts SET state = 'waiting', record = NULL, tries = 0, lease = lease + 1, scenes_read = 0,
        enqueued_at = now(), finished_at = NULL
      WHERE state = 'done' AND key IN (SELECT key FROM parts WHERE key = ANY(${keys}::text[]) ORDER BY key FOR UPDATE)`.execute(
      trx,
    );
    const job = await trx
      .updateTable('jobs')
      .set({ phase: 'computing', leased_until: null, parts_left: keys.length })
      .where('id', '=', id)
      .where('lease', '=', lease)
      .where('state', '=', 'running')
      .where('tries', '<', maxJobTries)
      .executeTakeFirst();
    if (job.numUpdatedRows === 0n) throw new NotHeld();
    return true;
  };
  try {
    return await db.transaction().execute(work);
  } catch (error) {
    if (error instanceof NotHeld) return false;
    throw error;
  }
}
