import { sql } from 'kysely';
import type { Database } from '#shared/db/database.ts';
import { holdRetention, releaseRetention } from '#shared/db/retention-hold.ts';

const renewMs = 60_000;

/** Keeps retention from removing what a backup is about to copy, for as long as the work takes. */
export async function withRetentionHeld<T>(db: Database, work: () => Promise<T>): Promise<T> {
  if (!(await hasSchedules(db))) return work();
  await holdRetention(db);
  const timer = setInterval(() => void holdRetention(db).catch(() => {}), renewMs);
  try {
    return await work();
  } finally {
    clearInterval(timer);
    await releaseRetention(db).catch(() => {});
  }
}

async function hasSchedules(db: Database): Promise<boolean> {
  const { rows } = await sql<{ there: boolean }>`SELECT to_regclass('schedules') IS NOT NULL AS there`.execute(db);
  return rows[0].there;
}
