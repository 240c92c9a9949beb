import { sql } from 'kysely';
import type { Job } from '#shared/domain/job.ts';
import type { Database } from './database.ts';
import { addEvent } from './events.ts';
import { liveJob } from './part-lease.ts';

export interface PlannedPart {
  key: string;
  /** West, south, east, north, degrees. */
  box: [number, number, number, number];
  sceneReads: number;
}

/**
 * Leaves a row for each part of a plan, before its task is stored: so that the task is found again and removed where
 * the plan is never committed.
 */
export async function announceParts(db: Database, parts: readonly PlannedPart[]): Promise<void> {
  for (const { some } of batches(inOrder(parts)))
    await db
      .insertInto('parts')
      .values(some.map(rowOf))
      .onConflict((conflict) => conflict.column('key').doNothing())
      .execute();
}

/**
 * Commits a plan under the job's lease: its parts, each there once whoever else needs it. A part that failed, or was
 * given back by workers of jobs that are over, gets its tries anew.
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
    for (const { some } of batches(inOrder(parts))) await insertParts(trx, some);
    await trx.deleteFrom('job_parts').where('job_id', '=', job.id).execute();
    for (const { some, first } of batches(parts)) await insertJobParts(trx, job.id, some, first);
    await addEvent(trx, job.id, 'planned', { ...told, scenes, chunks: parts.length });
    const open = await openParts(trx, job.id);
    await trx.updateTable('jobs').set({ parts_left: open.length }).where('id', '=', job.id).execute();
    return open;
  });
}

/** By their keys, so that two plans that share parts cannot wait for each other. */
const inOrder = (parts: readonly PlannedPart[]) => [...parts].sort((a, b) => (a.key < b.key ? -1 : 1));

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

const rowOf = ({ key, box, sceneReads }: PlannedPart) => ({
  key,
  box: sql<string>`ST_MakeEnvelope(${box[0]}, ${box[1]}, ${box[2]}, ${box[3]}, 4326)`,
  scene_reads: sceneReads,
  enqueued_at: sql<Date>`now()`,
});

async function insertParts(db: Database, parts: readonly PlannedPart[]): Promise<void> {
  const anew = { state: 'waiting', tries: 0, error: null, leased_by: null, leased_until: null } as const;
  await db
    .insertInto('parts')
    .values(parts.map(rowOf))
    .onConflict((conflict) =>
      conflict
        .column('key')
        .doUpdateSet({ ...anew, enqueued_at: sql`now()` })
        .where(isAbandoned),
    )
    .execute();
}

/** It failed, or nobody works on it and no running job needs it. */
const isAbandoned = sql<boolean>`(
  parts.state = 'failed'
  OR ((parts.state = 'waiting' OR (parts.state = 'leased' AND parts.leased_until < now())) AND NOT ${liveJob}))`;

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
