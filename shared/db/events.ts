import { sql } from 'kysely';
import type { Database } from './database.ts';

/** What happens to a job, as its event stream tells it. */
export const eventTypes = [
  'accepted',
  'planned',
  'preview',
  'part',
  'replanned',
  'stitching',
  'successful',
  'failed',
  'dismissed',
  'retried',
] as const;
export type EventType = (typeof eventTypes)[number];

export interface JobEvent {
  seq: number;
  type: string;
  data: unknown;
  at: Date;
}

/**
 * Adds an event to a job; in a transaction it appears with what it tells of. The job's row is locked before the number
 * is drawn, so that numbers appear in their order: a stream that goes on after one has not missed an earlier one.
 */
export async function addEvent(db: Database, jobId: string, type: EventType, data: unknown = {}): Promise<void> {
  await sql`
    WITH locked AS MATERIALIZED (SELECT id FROM jobs WHERE id = ${jobId} FOR UPDATE)
    INSERT INTO events (job_id, type, data)
    SELECT id, ${type}, ${JSON.stringify(data)}::jsonb FROM locked`.execute(db);
}

/**
 * Tells of a job's preview, once for each plan and only while the job runs: it is worth nothing beside the result.
 *
 * @returns whether it was told
 */
export async function addPreviewEvent(db: Database, jobId: string): Promise<boolean> {
  const { numAffectedRows } = await sql`
    WITH locked AS MATERIALIZED (SELECT id FROM jobs WHERE id = ${jobId} AND state = 'running' FOR UPDATE)
    INSERT INTO events (job_id, type, data)
    SELECT id, 'preview', '{}'::jsonb FROM locked
    WHERE NOT EXISTS (
      SELECT FROM events AS told
      WHERE told.job_id = ${jobId} AND told.type = 'preview'
        AND told.seq > (SELECT max(seq) FROM events WHERE job_id = ${jobId} AND type = 'planned'))`.execute(db);
  return numAffectedRows === 1n;
}

/** Events of a job after a sequence number, oldest first. */
export async function eventsAfter(db: Database, jobId: string, seq: number, limit = 500): Promise<JobEvent[]> {
  const rows = await db
    .selectFrom('events')
    .select(['seq', 'type', 'data', 'at'])
    .where('job_id', '=', jobId)
    .where('seq', '>', seq)
    .orderBy('seq')
    .limit(limit)
    .execute();
  return rows.map((row) => ({ ...row, seq: Number(row.seq) }));
}
