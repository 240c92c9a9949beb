import { sql } from 'kysely';
import type { Database } from '#shared/db/database.ts';
import { exactlyOne } from '#shared/db/exactly-one.ts';

export interface JobRun {
  /** Parts that were there before the job was planned. */
  reused: number;
  planSeconds: number;
  /** From the plan until now: waiting for workers is part of it. */
  computeSeconds: number;
  /** How many workers computed its parts, at least one, and the most memory that one of them had. */
  workers: number;
  workerPeakBytes: number;
}

/** What the database knows of how a job has just been computed, of its last plan. */
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
      ), done AS (
        SELECT parts.finished_at, parts.record ->> 'worker' AS worker,
          CASE jsonb_typeof(parts.record -> 'peakMemoryBytes') WHEN 'number'
            THEN (parts.record ->> 'peakMemoryBytes')::float8 END AS peak
        FROM job_parts JOIN parts ON parts.key = job_parts.part_key
        WHERE job_parts.job_id = ${jobId} AND parts.state = 'done'
      )
      SELECT
        (SELECT count(*) FROM done WHERE finished_at < planned.at) AS "reused",
        (SELECT greatest(1, count(DISTINCT worker)) FROM done) AS "workers",
        (SELECT coalesce(max(peak), 0) FROM done) AS "workerPeakBytes",
        greatest(0, extract(epoch FROM planned.at - begun.at))::float8 AS "planSeconds",
        greatest(0, extract(epoch FROM now() - planned.at))::float8 AS "computeSeconds"
      FROM planned, begun`,
  );
}
