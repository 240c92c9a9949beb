import { sql } from 'kysely';
import type { Database } from '#shared/db/database.ts';
import type { JobState } from '#shared/domain/job.ts';

/** What a stream needs to know of a job to see whether there is something to tell. */
export interface JobSnapshot {
  state: JobState;
  /** The number of its last event. */
  lastSeq: number;
  progress: { phase: string | null; parts: number; partsDone: number; sceneReads: number; scenesRead: number };
}

interface Row {
  id: string;
  state: JobState;
  phase: string | null;
  last_seq: number | null;
  parts: number;
  parts_done: number;
  scene_reads: number;
  scenes_read: number;
}

/** The jobs of these ids that there are, all in one statement: an end that is seen has its event already. */
export async function jobSnapshots(db: Database, ids: readonly string[]): Promise<Map<string, JobSnapshot>> {
  const { rows } = await sql<Row>`
    SELECT jobs.id, jobs.state, jobs.phase,
      (SELECT max(seq) FROM events WHERE job_id = jobs.id) AS last_seq,
      counts.parts, counts.parts_done, counts.scene_reads, counts.scenes_read
    FROM jobs CROSS JOIN LATERAL (
      SELECT count(*) AS parts, count(*) FILTER (WHERE parts.state = 'done') AS parts_done,
        coalesce(sum(parts.scene_reads), 0)::bigint AS scene_reads,
        coalesce(sum(parts.scenes_read), 0)::bigint AS scenes_read
      FROM job_parts JOIN parts ON parts.key = job_parts.part_key
      WHERE job_parts.job_id = jobs.id
    ) AS counts
    WHERE jobs.id = ANY(${[...ids]}::uuid[]) AND jobs.deleted_at IS NULL`.execute(db);
  return new Map(rows.map((row) => [row.id, snapshotOf(row)]));
}

const snapshotOf = (row: Row): JobSnapshot => ({
  state: row.state,
  lastSeq: row.last_seq ?? 0,
  progress: {
    phase: row.phase,
    parts: row.parts,
    partsDone: row.parts_done,
    sceneReads: row.scene_reads,
    scenesRead: row.scenes_read,
  },
});
