import { sql } from 'kysely';
import { z } from 'zod';
import type { Database } from './database.ts';

/** What a finished part took. */
export interface PartTimes {
  /** When it was finished, seconds of the epoch. */
  finishedAt: number;
  /** By stage: read, features, ensemble ... */
  seconds: Record<string, number>;
  /** Scenes that it read. */
  scenes: number;
  computedPixels: number;
}

const daysBack = 30;
const maxParts = 200;
const maxJobs = 20;

const recordSchema = z.object({
  scenes: z.array(z.unknown()).min(1),
  computedPixels: z.number().positive(),
  seconds: z.record(z.string(), z.number().min(0)),
});

/** The parts that were last computed from the scenes of a source, newest first; at most 200 of the last 30 days. */
export async function recentParts(db: Database, source: string): Promise<PartTimes[]> {
  const { rows } = await sql<{ record: unknown; finished: number }>`
    SELECT record, extract(epoch FROM finished_at)::float8 AS finished FROM parts
    WHERE state = 'done' AND finished_at > now() - make_interval(days => ${daysBack})
      AND EXISTS (
        SELECT FROM job_parts JOIN jobs ON jobs.id = job_parts.job_id
        WHERE job_parts.part_key = parts.key AND jobs.source = ${source})
    ORDER BY finished_at DESC LIMIT ${maxParts}`.execute(db);
  return rows.flatMap(({ record, finished }) => {
    const parsed = recordSchema.safeParse(record);
    if (!parsed.success) return [];
    const { scenes, computedPixels, seconds } = parsed.data;
    return [{ finishedAt: finished, scenes: scenes.length, computedPixels, seconds }];
  });
}

/** A finished job, all of whose parts were computed for it. */
export interface JobTimes {
  /** From its submission to its end. */
  wallSeconds: number;
  parts: number;
  /** Added up over its parts. */
  partSeconds: number;
}

/** The last jobs of a source that ended well at their first try and used nothing that was there before. */
export async function recentJobs(db: Database, source: string): Promise<JobTimes[]> {
  const { rows } = await sql<JobTimes>`
    SELECT extract(epoch FROM jobs.finished_at - jobs.created_at)::float8 AS "wallSeconds",
      count(*) AS parts,
      coalesce(sum((SELECT sum(value::float8) FROM jsonb_each_text(parts.record -> 'seconds'))), 0)::float8
        AS "partSeconds"
    FROM (
      SELECT id, created_at, finished_at FROM jobs
      WHERE source = ${source} AND state = 'successful' AND attempt = 1
        AND finished_at > now() - make_interval(days => ${daysBack})
      ORDER BY finished_at DESC LIMIT ${maxJobs}
    ) AS jobs
    JOIN job_parts ON job_parts.job_id = jobs.id
    JOIN parts ON parts.key = job_parts.part_key
    GROUP BY jobs.id, jobs.created_at, jobs.finished_at
    HAVING min(parts.finished_at) > jobs.created_at AND bool_and(jsonb_typeof(parts.record -> 'seconds') = 'object')
    ORDER BY jobs.finished_at DESC`.execute(db);
  return rows;
}
