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

/** The records of a job's finished parts by key. */
export async function partRecords(db: Database, jobId: string): Promise<Map<string, unknown>> {
  const rows = await db
    .selectFrom('job_parts')
    .innerJoin('parts', 'parts.key', 'job_parts.part_key')
    .select(['parts.key', 'parts.record'])
    .where('job_parts.job_id', '=', jobId)
    .where('parts.state', '=', 'done')
    .execute();
  return new Map(rows.map(({ key, record }) => [key, record]));
}
