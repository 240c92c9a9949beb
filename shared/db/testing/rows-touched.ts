import { sql } from 'kysely';
import type { Database } from '../database.ts';

/** Rows that a statement met: one by one through a table, and by an index. */
export interface RowsTouched {
  scanned: number;
  byIndex: number;
}

/**
 * What PostgreSQL itself counts of the rows that some work meets in the tables of the platform, whatever its plans are.
 * The database must have a single connection and nobody else, for counts are those of the whole database.
 */
export async function rowsTouched(db: Database, work: () => Promise<unknown>): Promise<RowsTouched> {
  const before = await counted(db);
  await work();
  const after = await counted(db);
  return { scanned: after.scanned - before.scanned, byIndex: after.byIndex - before.byIndex };
}

async function counted(db: Database): Promise<RowsTouched> {
  await sql`SELECT pg_stat_force_next_flush()`.execute(db);
  const { rows } = await sql<RowsTouched>`
    SELECT (SELECT coalesce(sum(seq_tup_read), 0) FROM pg_stat_user_tables) AS "scanned",
      (SELECT coalesce(sum(idx_tup_read), 0) FROM pg_stat_user_indexes) AS "byIndex"`.execute(db);
  return { scanned: Number(rows[0].scanned), byIndex: Number(rows[0].byIndex) };
}
