import { sql } from 'kysely';
import { GeoCropError } from '#shared/domain/errors.ts';
import type { Role } from '#shared/domain/user.ts';
import type { Database } from './database.ts';
import { addEvent } from './events.ts';
import type { Job, JobRequest } from '#shared/domain/job.ts';
import { findJob, jobColumns, jobOfRow } from './job-row.ts';
import { assertQuota, type Quotas } from './quota.ts';

export interface Submission {
  owner: string;
  source: string;
  request: JobRequest;
  /** GeoJSON geometry of the area, degrees. */
  geometry: { type: string; coordinates: unknown };
  idempotency: { key: string; bodyHash: Uint8Array } | null;
}

/**
 * Accepts a job: key, quota and row in one transaction under the lock of the user's row, so that parallel
 * submissions are counted one after the other. The same key with the same body answers the job that it made.
 */
export async function submitJob(
  db: Database,
  submission: Submission,
  quotas: Quotas,
): Promise<{ job: Job; isNew: boolean }> {
  return db.transaction().execute(async (trx) => {
    const role = await lockUser(trx, submission.owner);
    const earlier = await jobOfKey(trx, submission);
    if (earlier) return { job: earlier, isNew: false };
    await assertQuota(trx, submission.owner, role, quotas);
    const job = await insertJob(trx, submission);
    await addEvent(trx, job.id, 'accepted');
    if (submission.idempotency) await keepKey(trx, submission.owner, submission.idempotency, job.id);
    return { job, isNew: true };
  });
}

/** Locks a user's row for the transaction; a disabled account is refused even with a token that still holds. */
export async function lockUser(db: Database, id: string): Promise<Role> {
  const user = await db
    .selectFrom('users')
    .select(['role', 'disabled'])
    .where('id', '=', id)
    .forUpdate()
    .executeTakeFirst();
  if (!user || user.disabled) throw new GeoCropError('forbidden', 'this account is disabled');
  return user.role as Role;
}

async function jobOfKey(db: Database, { owner, idempotency }: Submission): Promise<Job | null> {
  if (!idempotency) return null;
  const kept = await db
    .selectFrom('idempotency_keys')
    .select(['body_hash', 'job_id'])
    .where('owner', '=', owner)
    .where('key', '=', idempotency.key)
    .executeTakeFirst();
  if (!kept) return null;
  if (Buffer.compare(kept.body_hash, idempotency.bodyHash) !== 0)
    throw new GeoCropError('idempotency-mismatch', 'this Idempotency-Key was used for another request; use a new one', {
      field: 'Idempotency-Key',
    });
  const job = await findJob(db, kept.job_id!, owner);
  if (!job)
    throw new GeoCropError('conflict', 'the job of this Idempotency-Key was deleted; use a new key', {
      field: 'Idempotency-Key',
    });
  return job;
}

async function insertJob(db: Database, { owner, source, request, geometry }: Submission): Promise<Job> {
  const row = await db
    .insertInto('jobs')
    .values({
      owner,
      source,
      request: JSON.stringify(request),
      aoi: sql`ST_Multi(ST_SetSRID(ST_GeomFromGeoJSON(${JSON.stringify(geometry)}), 4326))`,
    })
    .returning(jobColumns)
    .executeTakeFirstOrThrow();
  return jobOfRow(row);
}

async function keepKey(
  db: Database,
  owner: string,
  { key, bodyHash }: { key: string; bodyHash: Uint8Array },
  jobId: string,
): Promise<void> {
  await db
    .insertInto('idempotency_keys')
    .values({ owner, key, body_hash: Buffer.from(bodyHash), job_id: jobId })
    .execute();
}
