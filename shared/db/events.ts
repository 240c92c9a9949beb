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

/** Adds an event to a job; in a transaction it appears with what it tells of. */
export async function addEvent(db: Database, jobId: string, type: EventType, data: unknown = {}): Promise<void> {
  await db
    .insertInto('events')
    .values({ job_id: jobId, type, data: JSON.stringify(data) })
    .execute();
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
