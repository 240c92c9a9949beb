import { sql } from 'kysely';
import type { Database } from './database.ts';
import { transact } from './transact.ts';

/**
 * Forgets parts that no job refers to any more and that are not finished, with their tasks. A planner leaves tasks
 * before it commits its plan: while one works nothing is forgotten, and none begins before the files are removed.
 *
 * @param remove removes the files of these parts; where it fails, nothing is forgotten
 */
export async function forgetParts(
  db: Database,
  options: { olderThanSeconds: number; limit: number },
  remove: (keys: string[]) => Promise<void>,
): Promise<number> {
  try {
    return await forgetUnderLock(db, options, remove);
  } catch (error) {
    // Others are busy with jobs: there is no hurry.
    if ((error as { code?: string }).code === lockNotAvailable) return 0;
    throw error;
  }
}

const lockNotAvailable = '55P03';

function forgetUnderLock(
  db: Database,
  { olderThanSeconds, limit }: { olderThanSeconds: number; limit: number },
  remove: (keys: string[]) => Promise<void>,
): Promise<number> {
  return transact(db, { lockTimeoutMs: 2000 }, async (trx) => {
    await sql`LOCK TABLE jobs IN SHARE MODE`.execute(trx);
    const planning = await sql`
      SELECT FROM jobs WHERE state = 'running' AND (phase IS NULL OR phase = 'planning') LIMIT 1`.execute(trx);
    if (planning.rows.length > 0) return 0;
    const { rows } = await sql<{ key: string }>`
      DELETE FROM parts WHERE key IN (
        SELECT key FROM parts
        WHERE state IN ('waiting', 'failed') AND created_at < now() - make_interval(secs => ${olderThanSeconds})
          AND NOT EXISTS (SELECT FROM job_parts WHERE job_parts.part_key = parts.key)
        ORDER BY key LIMIT ${limit} FOR UPDATE OF parts SKIP LOCKED)
      RETURNING key`.execute(trx);
    if (rows.length > 0) await remove(rows.map(({ key }) => key));
    return rows.length;
  });
}

/** Parts that are not finished and that only jobs refer to whose files were given up, if any: their tasks go soon. */
export const forgottenSoon = async (db: Database): Promise<string[]> => keysOf(await unneeded().execute(db));

/** Those of them that one job refers to. */
export const forgottenWith = async (db: Database, jobId: string): Promise<string[]> =>
  keysOf(await unneeded(sql`AND key IN (SELECT part_key FROM job_parts WHERE job_id = ${jobId})`).execute(db));

const unneeded = (which = sql``) => sql<{ key: string }>`
  SELECT key FROM parts
  WHERE state IN ('waiting', 'failed') ${which}
    AND NOT EXISTS (
      SELECT FROM job_parts JOIN jobs ON jobs.id = job_parts.job_id
      WHERE job_parts.part_key = parts.key AND jobs.expired_at IS NULL)
  ORDER BY key`;

const keysOf = ({ rows }: { rows: { key: string }[] }) => rows.map(({ key }) => key);
