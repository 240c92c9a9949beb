import { createHash, randomBytes } from 'node:crypto';
import { sql } from 'kysely';
import { GeoCropError } from '#shared/domain/errors.ts';
import type { Database } from './database.ts';

/** A share as its owner sees it: never its key, which is told once and not kept. */
export interface Share {
  /** The first 8 hex digits of the hash of its key. */
  id: string;
  created: Date;
  expires: Date;
}

/** More would be a mistake or mischief. */
export const maxSharesOfJob = 100;

const keyForm = /^[\w-]{43}$/;
const hashOf = (key: string): Buffer => createHash('sha256').update(key).digest();
const idOf = (hash: Buffer): string => hash.toString('hex').slice(0, 8);

const isLive = sql<boolean>`(revoked_at IS NULL AND expires_at > now())`;

/** Makes a key with which anybody can look at a job for so many days. Counted under the lock of the job's row. */
export async function createShare(
  db: Database,
  { jobId, createdBy, days }: { jobId: string; createdBy: string; days: number },
): Promise<Share & { key: string }> {
  const key = randomBytes(32).toString('base64url');
  return db.transaction().execute(async (trx) => {
    await trx.selectFrom('jobs').select('id').where('id', '=', jobId).forNoKeyUpdate().execute();
    const live = await listShares(trx, jobId);
    if (live.length >= maxSharesOfJob)
      throw new GeoCropError('conflict', `the job has ${live.length} shares; revoke one of them first`);
    const row = await trx
      .insertInto('shares')
      .values({
        key_hash: hashOf(key),
        job_id: jobId,
        created_by: createdBy,
        expires_at: sql<Date>`now() + make_interval(days => ${days})`,
      })
      .returning(['key_hash', 'created_at', 'expires_at'])
      .executeTakeFirstOrThrow();
    return { key, id: idOf(row.key_hash), created: row.created_at, expires: row.expires_at };
  });
}

/**
 * The job that a key opens; null for a key that is none, over or revoked, or whose maker could not look at the job now:
 * disabled, or neither its owner nor an admin.
 */
export async function jobOfShare(db: Database, key: string): Promise<string | null> {
  if (!keyForm.test(key)) return null;
  const row = await db
    .selectFrom('shares')
    .innerJoin('users', 'users.id', 'shares.created_by')
    .innerJoin('jobs', 'jobs.id', 'shares.job_id')
    .select('shares.job_id')
    .where('key_hash', '=', hashOf(key))
    .where(isLive)
    .where('users.disabled', '=', false)
    .where((eb) => eb.or([eb('users.role', '=', 'admin'), eb('users.id', '=', eb.ref('jobs.owner'))]))
    .executeTakeFirst();
  return row?.job_id ?? null;
}

/** The shares of a job that still open it, oldest first. */
export async function listShares(db: Database, jobId: string): Promise<Share[]> {
  const rows = await db
    .selectFrom('shares')
    .select(['key_hash', 'created_at', 'expires_at'])
    .where('job_id', '=', jobId)
    .where(isLive)
    .orderBy('created_at')
    .orderBy('key_hash')
    .execute();
  return rows.map((row) => ({ id: idOf(row.key_hash), created: row.created_at, expires: row.expires_at }));
}

/** Ends a share of a job; false where it has none of that id. */
export async function revokeShare(db: Database, jobId: string, id: string): Promise<boolean> {
  const revoked = await db
    .updateTable('shares')
    .set({ revoked_at: sql<Date>`now()` })
    .where('job_id', '=', jobId)
    .where(sql<boolean>`left(encode(key_hash, 'hex'), 8) = ${id}`)
    .where(isLive)
    .executeTakeFirst();
  return revoked.numUpdatedRows > 0n;
}
