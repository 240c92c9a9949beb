import { sql } from 'kysely';
import type { Database } from './database.ts';
import type { Job, JobState } from '#shared/domain/job.ts';
import { jobColumns, jobOfRow } from './job-row.ts';

/** Names of users by their ids. */
export async function userNames(db: Database, ids: readonly string[]): Promise<Map<string, string>> {
  if (ids.length === 0) return new Map();
  const rows = await db
    .selectFrom('users')
    .select(['id', 'name'])
    .where('id', 'in', [...new Set(ids)])
    .execute();
  return new Map(rows.map(({ id, name }) => [id, name]));
}

export interface JobFilter {
  /** Null: of all users. */
  owner: string | null;
  state?: JobState | undefined;
  limit: number;
  /** The `next` of the page before. */
  after?: string | undefined;
}

/** Jobs from new to old, a page at a time; `next` is null on the last page. */
export async function listJobs(
  db: Database,
  { owner, state, limit, after }: JobFilter,
): Promise<{ jobs: Job[]; next: string | null }> {
  let query = db.selectFrom('jobs').select(jobColumns).where('deleted_at', 'is', null);
  if (owner !== null) query = query.where('owner', '=', owner);
  if (state) query = query.where('state', '=', state);
  if (after)
    query = query.where(sql<boolean>`(created_at, id) < (SELECT created_at, id FROM jobs WHERE id = ${after})`);
  const rows = await query
    .orderBy('created_at', 'desc')
    .orderBy('id', 'desc')
    .limit(limit + 1)
    .execute();
  const jobs = rows.slice(0, limit).map(jobOfRow);
  return { jobs, next: rows.length > limit ? jobs[jobs.length - 1].id : null };
}
