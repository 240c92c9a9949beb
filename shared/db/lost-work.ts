import { sql } from 'kysely';
import type { Database } from './database.ts';
import { maxJobTries } from './job-lease.ts';

/** Work that no message stands for, or may not. */
export interface LostWork {
  plan: string[];
  stitch: string[];
  /** Parts to send again. */
  parts: string[];
  /** Parts whose workers all vanished: they are given up. */
  exhausted: string[];
  /** Jobs whose planning or stitching never ended, however often it was begun: they are failed. */
  stuck: string[];
}

/** Waiting for longer than this means that the message was lost. */
const patienceSeconds = 60;
const batch = 1000;

/**
 * Finds what the queue has lost; parts that are named are marked as sent now, so that they are not named at once again.
 *
 * @param options.withParts false where so many messages wait that a part's own is most likely among them
 */
export async function findLostWork(
  db: Database,
  maxTries: number,
  { withParts = true }: { withParts?: boolean } = {},
): Promise<LostWork> {
  const plan = await sql<{ id: string }>`
    SELECT id FROM jobs
    WHERE tries < ${maxJobTries}
      AND ((state = 'accepted' AND created_at < now() - make_interval(secs => ${patienceSeconds}))
       OR (state = 'running' AND (phase IS NULL OR (phase = 'planning' AND leased_until < now()))))
    LIMIT ${batch}`.execute(db);
  const stitch = await sql<{ id: string }>`
    SELECT id FROM jobs
    WHERE tries < ${maxJobTries} AND state = 'running' AND (phase = 'computing' OR (phase = 'stitching' AND leased_until < now()))
      AND NOT EXISTS (
        SELECT FROM job_parts JOIN parts ON parts.key = job_parts.part_key
        WHERE job_parts.job_id = jobs.id AND parts.state <> 'done')
    LIMIT ${batch}`.execute(db);
  const exhausted = await sql<{ key: string }>`
    SELECT key FROM parts WHERE state = 'leased' AND leased_until < now() AND tries >= ${maxTries} LIMIT ${batch}`.execute(
    db,
  );
  const parts = await sql<{ key: string }>`
    UPDATE parts SET enqueued_at = now()
    WHERE key IN (
      SELECT key FROM parts
      WHERE ${withParts} AND tries < ${maxTries}
        AND ((state = 'waiting' AND (enqueued_at IS NULL OR enqueued_at < now() - make_interval(secs => ${patienceSeconds})))
          OR (state = 'leased' AND leased_until < now()))
        AND EXISTS (
          SELECT FROM job_parts JOIN jobs ON jobs.id = job_parts.job_id
          WHERE job_parts.part_key = parts.key AND jobs.state = 'running')
      -- In the order in which plans lock parts, and around those that somebody has.
      ORDER BY key
      LIMIT ${batch}
      FOR UPDATE OF parts SKIP LOCKED)
    RETURNING key`.execute(db);
  const stuck = await sql<{ id: string }>`
    SELECT id FROM jobs
    WHERE state IN ('accepted', 'running') AND tries >= ${maxJobTries}
      AND (leased_until IS NULL OR leased_until < now())
    LIMIT ${batch}`.execute(db);
  const ids = ({ rows }: { rows: { id: string }[] }) => rows.map(({ id }) => id);
  const keys = ({ rows }: { rows: { key: string }[] }) => rows.map(({ key }) => key);
  return { plan: ids(plan), stitch: ids(stitch), parts: keys(parts), exhausted: keys(exhausted), stuck: ids(stuck) };
}

/** Whether a schedule is due; of many callers at once only one is told so. */
export async function dueNow(db: Database, name: string, everySeconds: number): Promise<boolean> {
  const row = await db
    .insertInto('schedules')
    .values({ name, last_run: sql`now()` })
    .onConflict((conflict) =>
      conflict
        .column('name')
        .doUpdateSet({ last_run: sql`now()` })
        .where(sql<boolean>`schedules.last_run < now() - make_interval(secs => ${everySeconds})`),
    )
    .returning('name')
    .executeTakeFirst();
  return row !== undefined;
}
