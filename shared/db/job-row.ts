import type { Job, JobError, JobRequest, JobState } from '#shared/domain/job.ts';
import { GeoCropError } from '#shared/domain/errors.ts';
import type { Principal } from '#shared/domain/user.ts';
import type { Database } from './database.ts';
import { jobOfShare } from './shares.ts';

export const jobColumns = [
  'id',
  'owner',
  'state',
  'phase',
  'source',
  'request',
  'attempt',
  'error',
  'summary',
  'broken',
  'scenes',
  'chunks',
  'lease',
  'created_at',
  'started_at',
  'finished_at',
  'expired_at',
] as const;

interface JobRow {
  id: string;
  owner: string;
  state: string;
  phase: string | null;
  source: string;
  request: unknown;
  attempt: number;
  error: unknown;
  summary: unknown;
  broken: unknown;
  scenes: number | null;
  chunks: number | null;
  lease: number | string;
  created_at: Date;
  started_at: Date | null;
  finished_at: Date | null;
  expired_at: Date | null;
}

/** A row as the rest of the code sees it; the columns of JSON were written by `submitJob` and its kind. */
export function jobOfRow(row: JobRow): Job {
  const { created_at, started_at, finished_at, expired_at, ...rest } = row;
  return {
    ...rest,
    state: row.state as JobState,
    request: row.request as JobRequest,
    error: row.error as JobError | null,
    summary: row.summary as Record<string, unknown> | null,
    broken: row.broken as Job['broken'],
    lease: Number(row.lease),
    createdAt: created_at,
    startedAt: started_at,
    finishedAt: finished_at,
    expiredAt: expired_at,
  };
}

/** A job that has not been deleted; null where there is none. With an owner, only theirs. */
export async function findJob(db: Database, id: string, owner: string | null): Promise<Job | null> {
  const query = db.selectFrom('jobs').select(jobColumns).where('id', '=', id).where('deleted_at', 'is', null);
  const row = await (owner === null ? query : query.where('owner', '=', owner)).executeTakeFirst();
  return row ? jobOfRow(row) : null;
}

const noJob = (id: string) => new GeoCropError('not-found', `there is no job ${id}`, { field: 'id' });

/** A job of the user, or for an admin of anybody; the same refusal for none and for another's. */
export async function ownJob(db: Database, id: string, user: Principal): Promise<Job> {
  const job = await findJob(db, id, user.role === 'admin' ? null : user.id);
  if (!job) throw noJob(id);
  return job;
}

/**
 * A job for whoever may look at it: its owner, an admin, or the holder of a share of it. The same refusal for none, for
 * another's and for a share that is over.
 */
export async function readableJob(
  db: Database,
  id: string,
  { user, share }: { user?: Principal | undefined; share?: string | undefined },
): Promise<Job> {
  const own = user ? await findJob(db, id, user.role === 'admin' ? null : user.id) : null;
  if (own) return own;
  const isShared = share !== undefined && (await jobOfShare(db, share)) === id.toLowerCase();
  const shared = isShared ? await findJob(db, id, null) : null;
  if (!shared) throw noJob(id);
  return shared;
}
