import { sql } from 'kysely';
import type { Database } from './database.ts';
import { liveJob } from './part-lease.ts';
import { transact } from './transact.ts';

/** How long what is finished is kept after its last use. */
export interface PartAges {
  /** After the end of the last job that used it. */
  keepSeconds: number;
  /** After a cancelled or deleted job, where no other one used it: somebody may change their mind. */
  graceSeconds: number;
}

/** Parts that retention has taken, so that nobody else does while their files are removed. */
export interface TakenPart {
  key: string;
  lease: number;
}

const owner = 'retention';

/** No job needs the part now, and none has used it for a while. */
const unwanted = ({ keepSeconds, graceSeconds }: PartAges) => sql<boolean>`
  NOT EXISTS (
    SELECT FROM job_parts JOIN jobs ON jobs.id = job_parts.job_id
    WHERE job_parts.part_key = parts.key AND (
      jobs.state IN ('accepted', 'running')
      OR jobs.finished_at > now() - make_interval(secs => ${graceSeconds})
      OR (jobs.state <> 'dismissed' AND jobs.deleted_at IS NULL
        AND jobs.finished_at > now() - make_interval(secs => ${keepSeconds}))))`;

/** The same, and it was not finished just now for a job that is gone. */
const unused = (ages: PartAges) => sql<boolean>`
  ${unwanted(ages)}
  AND (parts.finished_at <= now() - make_interval(secs => ${ages.keepSeconds})
    OR (parts.finished_at <= now() - make_interval(secs => ${ages.graceSeconds})
      AND EXISTS (SELECT FROM job_parts WHERE job_parts.part_key = parts.key)))`;

/**
 * Parts that are most likely unused, each kind by an index of its own: what is kept is not looked at one by one. Old
 * ones; those of cancelled and deleted jobs; and those that were taken before by somebody who then vanished.
 */
const candidates = (ages: PartAges, limit: number) => sql`
  (SELECT key FROM parts
    WHERE state = 'done' AND finished_at <= now() - make_interval(secs => ${ages.keepSeconds}) AND ${unwanted(ages)}
    ORDER BY finished_at LIMIT ${limit})
  UNION ALL
  (SELECT parts.key FROM jobs
    JOIN job_parts ON job_parts.job_id = jobs.id JOIN parts ON parts.key = job_parts.part_key
    WHERE (jobs.state = 'dismissed' OR jobs.deleted_at IS NOT NULL) AND jobs.swept_at IS NULL
      AND jobs.finished_at <= now() - make_interval(secs => ${ages.graceSeconds})
      AND parts.state = 'done' AND parts.finished_at <= now() - make_interval(secs => ${ages.graceSeconds})
      AND ${unwanted(ages)}
    LIMIT ${limit})
  UNION ALL
  (SELECT key FROM parts
    WHERE state = 'leased' AND leased_by = ${owner} AND leased_until < now() LIMIT ${limit})`;

/**
 * Takes finished parts that nobody needs, by a lease: a job that is planned from now on finds them unfinished, and its
 * workers wait until they are let go. Two statements, for what a plan has committed before its row could be locked is
 * seen by the second one only.
 */
export async function takeUnusedParts(
  db: Database,
  ages: PartAges,
  { limit, leaseSeconds }: { limit: number; leaseSeconds: number },
): Promise<TakenPart[]> {
  return db.transaction().execute(async (trx) => {
    const { rows } = await sql<{ key: string }>`
      SELECT key FROM parts
      WHERE key IN (${candidates(ages, limit)})
        AND (state = 'done' OR (state = 'leased' AND leased_by = ${owner} AND leased_until < now())) AND ${unused(ages)}
      ORDER BY finished_at LIMIT ${limit} FOR UPDATE OF parts SKIP LOCKED`.execute(trx);
    if (rows.length === 0) return [];
    const taken = await sql<TakenPart>`
      UPDATE parts SET state = 'leased', leased_by = ${owner}, lease = lease + 1, tries = 0,
        leased_until = now() + make_interval(secs => ${leaseSeconds})
      WHERE key = ANY(${rows.map(({ key }) => key)}::text[]) AND ${unused(ages)}
      RETURNING key, lease`.execute(trx);
    return taken.rows.map(({ key, lease }) => ({ key, lease: Number(lease) }));
  });
}

/**
 * Lets parts go whose files are removed: to be computed by whoever needs them.
 *
 * @returns those that a running job has come to need meanwhile
 */
export async function releaseRemovedParts(db: Database, taken: readonly TakenPart[]): Promise<string[]> {
  const wanted: string[] = [];
  for (const { key, lease } of taken) {
    const row = await db
      .updateTable('parts')
      .set({
        state: 'waiting',
        record: null,
        error: null,
        leased_by: null,
        leased_until: null,
        enqueued_at: null,
        finished_at: null,
        scenes_read: 0,
      })
      .where('key', '=', key)
      .where('lease', '=', lease)
      .where('state', '=', 'leased')
      .returning(liveJob.as('wanted'))
      .executeTakeFirst();
    if (row?.wanted) wanted.push(key);
  }
  return wanted;
}

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

const idsOf = ({ rows }: { rows: { id: string }[] }) => rows.map(({ id }) => id);

/** Gives up the results of jobs that ended so long ago, and the files of jobs that were deleted a while ago. */
export async function expireJobs(
  db: Database,
  { keepSeconds, deletedSeconds, limit }: { keepSeconds: number | null; deletedSeconds: number; limit: number },
): Promise<string[]> {
  const old = sql`state = 'successful' AND finished_at <= now() - make_interval(secs => ${keepSeconds})`;
  const deleted = sql`state NOT IN ('accepted', 'running') AND deleted_at <= now() - make_interval(secs => ${deletedSeconds})`;
  const is = keepSeconds === null ? deleted : sql`(${old}) OR (${deleted})`;
  return idsOf(
    await sql<{ id: string }>`
      UPDATE jobs SET expired_at = now() WHERE id IN (
        SELECT id FROM jobs WHERE expired_at IS NULL AND (${is})
        ORDER BY finished_at LIMIT ${limit} FOR UPDATE SKIP LOCKED)
      RETURNING id`.execute(db),
  );
}

/** Jobs whose results are kept, those first that ended first. */
export const oldestResults = async (db: Database, limit: number): Promise<string[]> =>
  idsOf(
    await sql<{ id: string }>`
      SELECT id FROM jobs WHERE state = 'successful' AND expired_at IS NULL ORDER BY finished_at LIMIT ${limit}`.execute(
      db,
    ),
  );

/** Gives up the results of one job; false where they were given up before. */
export async function expireJob(db: Database, id: string): Promise<boolean> {
  const { rows } = await sql`
    UPDATE jobs SET expired_at = now() WHERE id = ${id} AND state = 'successful' AND expired_at IS NULL
    RETURNING id`.execute(db);
  return rows.length > 0;
}

/** Jobs whose files were given up so long ago that nobody reads them any more, or `null` for all, and are not removed. */
export const unsweptJobs = async (db: Database, afterSeconds: number, limit: number): Promise<string[]> =>
  idsOf(
    await sql<{ id: string }>`
      SELECT id FROM jobs
      WHERE expired_at <= now() - make_interval(secs => ${afterSeconds}) AND swept_at IS NULL
      ORDER BY expired_at LIMIT ${limit}`.execute(db),
  );

/** The files of a job are removed; its parts are no longer used by it. */
export async function markSwept(db: Database, id: string): Promise<void> {
  await db.transaction().execute(async (trx) => {
    await trx.deleteFrom('job_parts').where('job_id', '=', id).execute();
    await sql`UPDATE jobs SET swept_at = now() WHERE id = ${id} AND expired_at IS NOT NULL`.execute(trx);
  });
}
