import { sql } from 'kysely';
import type { Database } from './database.ts';

/** What happens to a job, as its event stream tells it. */
export const eventTypes = [
  'accepted',
  'planned',
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
