import { sql } from 'kysely';
import type { Database } from '#shared/db/database.ts';

/** Whether an object of the store of results is there, now that everything was copied. */
export type IsThere = (key: string) => Promise<boolean>;

/**
 * Brings restored rows and restored objects together: whoever had a lease is gone, a finished part without its file is
 * to be computed again, a running job is planned again, and a result without its map counts as removed.
 */
export async function mendRows(db: Database, isThere: IsThere): Promise<void> {
  await sql`DELETE FROM schedules`.execute(db);
  const done = await db.selectFrom('parts').select('key').where('state', '=', 'done').execute();
  const lost = await absent(done, ({ key }) => isThere(`parts/${key}.tif`));
  await sql`UPDATE parts SET state = 'waiting', record = NULL, error = NULL, tries = 0, lease = lease + 1, leased_by = NULL,
    leased_until = NULL, enqueued_at = NULL, finished_at = NULL
    WHERE state = 'leased' OR key = ANY(${lost.map(({ key }) => key)}::text[])`.execute(db);
  await sql`DELETE FROM job_parts USING jobs WHERE jobs.id = job_id AND jobs.state = 'running'`.execute(db);
  await sql`UPDATE jobs SET phase = NULL, tries = 0, lease = lease + 1, leased_until = NULL
    WHERE state = 'running'`.execute(db);
  const finished = await db
    .selectFrom('jobs')
    .select('id')
    .where('state', '=', 'successful')
    .where('expired_at', 'is', null)
    .execute();
  const mapless = await absent(finished, ({ id }) => isThere(`results/${id}/map.tif`));
  await sql`UPDATE jobs SET expired_at = now() WHERE id = ANY(${mapless.map(({ id }) => id)}::uuid[])`.execute(db);
}

async function absent<T>(rows: readonly T[], isThere: (row: T) => Promise<boolean>): Promise<T[]> {
  const missing: T[] = [];
  for (const row of rows) if (!(await isThere(row))) missing.push(row);
  return missing;
}
