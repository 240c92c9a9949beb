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

export interface PlannedPart {
  key: string;
  /** West, south, east, north, degrees. */
  box: [number, number, number, number];
  sceneReads: number;
}

/**
 * Commits a plan under the job's lease: its parts, each there once whoever else needs it. A part that failed for an
 * earlier job gets its tries anew.
 *
 * @param told what the event of the plan says beside the counts of scenes and chunks
 * @returns the parts that are still to be computed; null where the lease is lost
 */
export async function commitPlan(
  db: Database,
  job: Pick<Job, 'id' | 'lease'>,
  parts: readonly PlannedPart[],
  scenes: number,
  told: Readonly<Record<string, unknown>> = {},
): Promise<string[] | null> {
  return db.transaction().execute(async (trx) => {
    const held = await trx
      .updateTable('jobs')
      .set({ phase: 'computing', tries: 0, leased_until: null, scenes, chunks: parts.length })
      .where('id', '=', job.id)
      .where('lease', '=', job.lease)
      .where('state', '=', 'running')
      .where('phase', '=', 'planning')
      .executeTakeFirst();
    if (held.numUpdatedRows === 0n) return null;
    // In the order of their keys, so that two plans that share parts cannot wait for each other.
    const sorted = [...parts].sort((a, b) => (a.key < b.key ? -1 : 1));
    for (const { some } of batches(sorted)) await insertParts(trx, some);
    await trx.deleteFrom('job_parts').where('job_id', '=', job.id).execute();
    for (const { some, first } of batches(parts)) await insertJobParts(trx, job.id, some, first);
    await addEvent(trx, job.id, 'planned', { ...told, scenes, chunks: parts.length });
    const open = await openParts(trx, job.id);
    await trx.updateTable('jobs').set({ parts_left: open.length }).where('id', '=', job.id).execute();
    return open;
  });
}

/** Rows of one statement: a country has more than a statement has places for values. */
const batchRows = 500;

function* batches<T>(all: readonly T[]): Generator<{ some: T[]; first: number }> {
  for (let first = 0; first < all.length; first += batchRows)
    yield { some: all.slice(first, first + batchRows), first };
}

/** @param first position in the plan of the first of these parts */
async function insertJobParts(db: Database, jobId: string, parts: readonly PlannedPart[], first: number) {
  const rows = parts.map(({ key }, i) => ({ job_id: jobId, position: first + i, part_key: key }));
  await db.insertInto('job_parts').values(rows).execute();
}

async function insertParts(db: Database, parts: readonly PlannedPart[]): Promise<void> {
  const row = ({ key, box, sceneReads }: PlannedPart) => ({
    key,
    box: sql<string>`ST_MakeEnvelope(${box[0]}, ${box[1]}, ${box[2]}, ${box[3]}, 4326)`,
    scene_reads: sceneReads,
    enqueued_at: sql<Date>`now()`,
  });
  await db
    .insertInto('parts')
    .values(parts.map(row))
    .onConflict((conflict) =>
      conflict
        .column('key')
        .doUpdateSet({ state: 'waiting', tries: 0, error: null, enqueued_at: sql`now()` })
        .where('parts.state', '=', 'failed'),
    )
    .execute();
}

/** The parts of a job that are still to be computed, in the order of its plan. */
async function openParts(db: Database, jobId: string): Promise<string[]> {
  const rows = await db
    .selectFrom('job_parts')
    .innerJoin('parts', 'parts.key', 'job_parts.part_key')
    .select('parts.key')
    .where('job_parts.job_id', '=', jobId)
    .where('parts.state', '!=', 'done')
    .orderBy('job_parts.position')
    .execute();
  return rows.map(({ key }) => key);
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
