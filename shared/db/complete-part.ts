import { sql } from 'kysely';
import type { Database } from './database.ts';
import { failJob } from './end-job.ts';
import { addEvent } from './events.ts';
import type { JobError } from '#shared/domain/job.ts';
import { liveJob, type PartLease } from './part-lease.ts';

/**
 * Commits a part under its lease and tells every running job of it.
 *
 * @returns the jobs that have all their parts now; null where the lease is lost or no running job needs the part: the
 *   completion is refused
 */
export async function completePart(db: Database, lease: PartLease, record: unknown): Promise<string[] | null> {
  try {
    return await db.transaction().execute((trx) => completeIn(trx, lease, record));
  } catch (error) {
    if (error instanceof CancelledMeanwhile) return null;
    throw error;
  }
}

/** Undoes a completion whose last job was cancelled after the part's row was written. */
class CancelledMeanwhile extends Error {}

async function completeIn(trx: Database, { key, lease }: PartLease, record: unknown): Promise<string[] | null> {
  const done = await trx
    .updateTable('parts')
    .set({
      state: 'done',
      record: JSON.stringify(record),
      leased_by: null,
      leased_until: null,
      error: null,
      scenes_read: sql`scene_reads`,
      finished_at: sql`now()`,
    })
    .where('key', '=', key)
    .where('lease', '=', lease)
    .where('state', '=', 'leased')
    .where(liveJob)
    .returning(boxColumn)
    .executeTakeFirst();
  if (!done) return null;
  const jobs = await lockRunningJobs(trx, key);
  if (jobs.length === 0) throw new CancelledMeanwhile();
  for (const { id } of jobs) await addEvent(trx, id, 'part', { key, bbox: done.bbox });
  return completeJobs(
    trx,
    jobs.map(({ id }) => id),
  );
}

/** The box of a part: west, south, east, north, degrees. */
const boxColumn = sql<number[]>`ARRAY[ST_XMin(box), ST_YMin(box), ST_XMax(box), ST_YMax(box)]`.as('bbox');

/** The running jobs that wait for a part, for whoever tells of it. */
export const jobsOfPart = async (db: Database, key: string): Promise<string[]> =>
  (await runningJobsOf(db, key).execute()).map(({ id }) => id);

/** The same in a transaction: until it ends, none of them is cancelled. */
const lockRunningJobs = (trx: Database, key: string) => runningJobsOf(trx, key).forUpdate().execute();

const runningJobsOf = (db: Database, key: string) =>
  db
    .selectFrom('jobs')
    .select(['id', 'request'])
    .where('id', 'in', (eb) => eb.selectFrom('job_parts').select('job_id').where('part_key', '=', key))
    .where('state', '=', 'running')
    .orderBy('id');

/**
 * Of these jobs, the ones that wait for no part: each has one less to wait for, and only who seems to have none left
 * is looked at part by part. Their rows are locked by the event that was added before: of two workers that finish the
 * last two parts at once, the second sees what the first has committed.
 */
async function completeJobs(db: Database, all: string[]): Promise<string[]> {
  if (all.length === 0) return [];
  const counted = await db
    .updateTable('jobs')
    .set((eb) => ({ parts_left: eb('parts_left', '-', 1) }))
    .where('id', 'in', all)
    .returning(['id', 'parts_left'])
    .execute();
  const ids = counted.filter(({ parts_left: left }) => left === null || left <= 0).map(({ id }) => id);
  if (ids.length === 0) return [];
  const rows = await db
    .selectFrom('jobs')
    .select('id')
    .where('id', 'in', ids)
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('job_parts')
            .innerJoin('parts', 'parts.key', 'job_parts.part_key')
            .select('parts.key')
            .whereRef('job_parts.job_id', '=', 'jobs.id')
            .where('parts.state', '!=', 'done'),
        ),
      ),
    )
    .execute();
  return rows.map(({ id }) => id);
}

/** What became of the jobs of a part that cannot be computed. */
export interface PartFailure {
  failed: string[];
  /** Jobs that are to be planned again without the broken scene. */
  replan: string[];
}

/**
 * Ends a part for good under its lease: with the reason on every running job, or, where a scene is broken and the job
 * said to skip such, back to planning without it. Null where the lease is lost.
 */
export async function failPart(
  db: Database,
  { key, lease }: PartLease,
  error: JobError & { sceneId?: string | undefined },
  blame: 'user' | 'system',
): Promise<PartFailure | null> {
  return db.transaction().execute(async (trx) => {
    const ended = await trx
      .updateTable('parts')
      .set({ state: 'failed', error: JSON.stringify(error), leased_by: null, leased_until: null })
      .where('key', '=', key)
      .where('lease', '=', lease)
      .where('state', '=', 'leased')
      .executeTakeFirst();
    if (ended.numUpdatedRows === 0n) return null;
    const outcome: PartFailure = { failed: [], replan: [] };
    for (const { id, request } of await lockRunningJobs(trx, key)) {
      const skips = error.sceneId && (request as { onBrokenScene?: string }).onBrokenScene === 'skip';
      if (skips) await replanJob(trx, id, { id: error.sceneId!, reason: error.message });
      else await failJob(trx, id, error, blame);
      (skips ? outcome.replan : outcome.failed).push(id);
    }
    return outcome;
  });
}

/** Sends a running job back to planning without a scene. */
export async function replanJob(db: Database, id: string, broken: { id: string; reason: string }): Promise<void> {
  await db.deleteFrom('job_parts').where('job_id', '=', id).execute();
  await db
    .updateTable('jobs')
    .set({ phase: null, tries: 0, leased_until: null, broken: sql`broken || ${JSON.stringify([broken])}::jsonb` })
    .where('id', '=', id)
    .where('state', '=', 'running')
    .execute();
  await addEvent(db, id, 'replanned', broken);
}

/** Gives up a part whose workers all vanished without a word. */
export async function giveUpPart(db: Database, key: string, maxTries: number): Promise<PartFailure | null> {
  const part = await db.selectFrom('parts').select(['lease', 'tries']).where('key', '=', key).executeTakeFirst();
  if (!part || part.tries < maxTries) return null;
  const message = `a chunk was begun ${part.tries} times and its worker vanished each time, most likely for want of memory`;
  return failPart(
    db,
    { key, lease: Number(part.lease), tries: part.tries },
    { code: 'worker-died', message },
    'system',
  );
}
