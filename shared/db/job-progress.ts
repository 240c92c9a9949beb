import { sql } from 'kysely';
import type { Database } from './database.ts';

/** How far a job is, from its parts. */
export interface JobProgress {
  parts: number;
  partsDone: number;
  sceneReads: number;
  scenesRead: number;
}

/** Counts a job's parts by what has been done of them. */
export async function jobProgress(db: Database, jobId: string): Promise<JobProgress> {
  const row = await db
    .selectFrom('job_parts')
    .innerJoin('parts', 'parts.key', 'job_parts.part_key')
    .select(({ fn }) => [
      fn.countAll<string>().as('parts'),
      fn.countAll<string>().filterWhere('parts.state', '=', 'done').as('partsDone'),
      fn.sum<string | null>('parts.scene_reads').as('sceneReads'),
      fn.sum<string | null>('parts.scenes_read').as('scenesRead'),
    ])
    .where('job_parts.job_id', '=', jobId)
    .executeTakeFirstOrThrow();
  return {
    parts: Number(row.parts),
    partsDone: Number(row.partsDone),
    sceneReads: Number(row.sceneReads),
    scenesRead: Number(row.scenesRead),
  };
}

/** Each is some kilobytes. */
const recordsAtOnce = 50;

/** The keys and records of a job's finished parts in the order of its plan, read some at a time. */
export async function* partRecords(db: Database, jobId: string): AsyncGenerator<[string, unknown]> {
  for (let [after, isMore] = [-1, true]; isMore;) {
    const rows = await recordsAfter(db, jobId, after);
    for (const { key, state, record } of rows) if (state === 'done') yield [key, record];
    isMore = rows.length === recordsAtOnce;
    after = rows.at(-1)?.position ?? after;
  }
}

interface RecordRow {
  position: number;
  key: string;
  state: string;
  record: unknown;
}

/** The positions are picked first, for a planner that takes them for more would read all parts there are. */
async function recordsAfter(db: Database, jobId: string, position: number): Promise<RecordRow[]> {
  const { rows } = await sql<RecordRow>`
    WITH picked AS MATERIALIZED (
      SELECT position, part_key FROM job_parts
      WHERE job_id = ${jobId} AND position > ${position} ORDER BY position LIMIT ${recordsAtOnce}
    )
    SELECT position, key, state, record FROM picked JOIN parts ON key = part_key ORDER BY position`.execute(db);
  return rows;
}
