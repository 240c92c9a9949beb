import { sql } from 'kysely';
import type { Database } from './database.ts';

/** A worker owns a part for so long at a time. */
export interface LeaseTimes {
  leaseSeconds: number;
  maxTries: number;
}

/** The right to complete a part: a completion with an older lease is refused. */
export interface PartLease {
  key: string;
  lease: number;
  /** This try, from 1. */
  tries: number;
}

/** Some running job needs the part. */
export const liveJob = sql<boolean>`EXISTS (
  SELECT FROM job_parts JOIN jobs ON jobs.id = job_parts.job_id
  WHERE job_parts.part_key = parts.key AND jobs.state = 'running')`;

/** Nobody has the part, or who has it let its lease run out. */
const isFree = sql<boolean>`(state = 'waiting' OR (state = 'leased' AND leased_until < now()))`;

/** Whether a part is free that somebody has begun before, and has neither finished nor given back. */
export async function wasTried(db: Database, key: string): Promise<boolean> {
  const row = await db.selectFrom('parts').select('tries').where('key', '=', key).where(isFree).executeTakeFirst();
  return row !== undefined && row.tries > 0;
}

/** Takes a part that is free, or whose owner let its lease run out, if a running job needs it; null otherwise. */
export async function claimPart(
  db: Database,
  key: string,
  worker: string,
  { leaseSeconds, maxTries }: LeaseTimes,
): Promise<PartLease | null> {
  const row = await db
    .updateTable('parts')
    .set((eb) => ({
      state: 'leased',
      lease: eb('lease', '+', 1),
      tries: eb('tries', '+', 1),
      leased_by: worker,
      leased_until: sql`now() + make_interval(secs => ${leaseSeconds})`,
      scenes_read: 0,
    }))
    .where('key', '=', key)
    .where('tries', '<', maxTries)
    .where(isFree)
    .where(liveJob)
    .returning(['lease', 'tries'])
    .executeTakeFirst();
  return row ? { key, lease: Number(row.lease), tries: row.tries } : null;
}

/**
 * Extends a lease and tells how far the work is.
 *
 * @returns false where the lease is lost or no running job needs the part any more: stop working on it
 */
export async function renewPart(
  db: Database,
  { key, lease }: PartLease,
  scenesRead: number,
  { leaseSeconds }: LeaseTimes,
): Promise<boolean> {
  const renewed = await db
    .updateTable('parts')
    .set({ leased_until: sql`now() + make_interval(secs => ${leaseSeconds})`, scenes_read: scenesRead })
    .where('key', '=', key)
    .where('lease', '=', lease)
    .where('state', '=', 'leased')
    .where(liveJob)
    .executeTakeFirst();
  return renewed.numUpdatedRows === 1n;
}

/** Gives a part back: what was begun is worth nothing, the next worker starts anew. `forgive`: the try does not count. */
export async function releasePart(
  db: Database,
  { key, lease }: PartLease,
  options: { forgive: boolean },
): Promise<boolean> {
  const released = await db
    .updateTable('parts')
    .set((eb) => ({
      state: 'waiting',
      leased_by: null,
      leased_until: null,
      scenes_read: 0,
      ...(options.forgive ? { tries: eb('tries', '-', 1) } : {}),
    }))
    .where('key', '=', key)
    .where('lease', '=', lease)
    .where('state', '=', 'leased')
    .executeTakeFirst();
  return released.numUpdatedRows === 1n;
}
