import { sql } from 'kysely';
import type { Database } from './database.ts';
import { liveJob } from './part-lease.ts';

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
