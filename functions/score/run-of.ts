import { sql } from 'kysely';
import type { Database } from '#shared/db/database.ts';
import { exactlyOne } from '#shared/db/exactly-one.ts';

export interface JobRun {
  /** Parts that were there before the job was planned. */
  reused: number;
  planSeconds: number;
  /** From the plan until now: waiting for workers is part of it. */
  computeSeconds: number;
}

/** What the database knows of the times of a job that has just been computed, of its last plan. */
export function runOf(db: Database, jobId: string): Promise<JobRun> {
  return exactlyOne(
    db,
    sql<JobRun>`
      WITH planned AS (
        SELECT seq, at FROM events WHERE job_id = ${jobId} AND type = 'planned' ORDER BY seq DESC LIMIT 1
      ), begun AS (
        SELECT greatest(max(events.at), max(jobs.started_at)) AS at
        FROM jobs JOIN events ON events.job_id = jobs.id, planned
        WHERE jobs.id = ${jobId} AND events.seq < planned.seq
      )
      SELECT
        (SELECT count(*) FROM job_parts JOIN parts ON parts.key = job_parts.part_key
          WHERE job_parts.job_id = ${jobId} AND parts.finished_at < planned.at) AS "reused",
        greatest(0, extract(epoch FROM planned.at - begun.at))::float8 AS "planSeconds",
        greatest(0, extract(epoch FROM now() - planned.at))::float8 AS "computeSeconds"
      FROM planned, begun`,
  );
}
