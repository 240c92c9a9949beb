import { GeoCropError } from '#shared/domain/errors.ts';
import type { Role } from '#shared/domain/user.ts';
import type { Database } from './database.ts';

/** How much each role may ask for. */
export interface Quotas {
  /** Accepted submissions of a recruiter, for ever. */
  recruiterJobs: number;
  /** Open jobs of an analyst at one time. */
  analystOpenJobs: number;
}

export interface QuotaUse {
  used: number;
  /** Null where there is no limit. */
  limit: number | null;
  counts: 'submissions' | 'open jobs';
}

/** What a user has used. Counted and inserted under one lock (see `submitJob`), or it means nothing. */
export async function quotaUse(db: Database, owner: string, role: Role, quotas: Quotas): Promise<QuotaUse> {
  const jobs = db
    .selectFrom('jobs')
    .select((eb) => eb.fn.countAll<string>().as('count'))
    .where('owner', '=', owner);
  const query =
    role === 'recruiter' ? jobs.where('counts', '=', true) : jobs.where('state', 'in', ['accepted', 'running']);
  const { count } = await query.executeTakeFirstOrThrow();
  if (role === 'recruiter') return { used: Number(count), limit: quotas.recruiterJobs, counts: 'submissions' };
  return { used: Number(count), limit: role === 'analyst' ? quotas.analystOpenJobs : null, counts: 'open jobs' };
}

/** Refuses one more job beyond the limit. */
export async function assertQuota(db: Database, owner: string, role: Role, quotas: Quotas): Promise<void> {
  const { used, limit, counts } = await quotaUse(db, owner, role, quotas);
  if (limit === null || used < limit) return;
  const hint =
    counts === 'submissions'
      ? 'an administrator can give the account another role'
      : 'wait for one to finish, or cancel one';
  throw new GeoCropError('quota-exceeded', `this account has used ${used} of its ${limit} ${counts}; ${hint}`);
}
