import { sql } from 'kysely';
import type { Database } from './database.ts';

/** Whoever copies what is kept says so under this name, and again every minute. */
const holdName = 'backup';
const holdSeconds = 300;

/** Nothing is removed from now on, for five minutes. */
export async function holdRetention(db: Database): Promise<void> {
  await db
    .insertInto('schedules')
    .values({ name: holdName, last_run: sql`now()` })
    .onConflict((conflict) => conflict.column('name').doUpdateSet({ last_run: sql`now()` }))
    .execute();
}

export async function releaseRetention(db: Database): Promise<void> {
  await db.deleteFrom('schedules').where('name', '=', holdName).execute();
}

/** Whether somebody copies what is kept; a holder that is gone is forgotten. */
export async function isRetentionHeld(db: Database): Promise<boolean> {
  const row = await db
    .selectFrom('schedules')
    .select('name')
    .where('name', '=', holdName)
    .where(sql<boolean>`last_run > now() - make_interval(secs => ${holdSeconds})`)
    .executeTakeFirst();
  return row !== undefined;
}
