import { sql } from 'kysely';
import type { Database } from '#shared/db/database.ts';

/**
 * Ends the leases of the run before. An embedded database has one runtime at a time, so that whoever still held work
 * when this one began is gone: nobody has to wait until those leases run out. What they had begun counts as a try.
 */
export async function freeAbandonedWork(db: Database): Promise<void> {
  await sql`UPDATE parts SET leased_until = now() WHERE state = 'leased' AND leased_until > now()`.execute(db);
  await sql`UPDATE jobs SET leased_until = now() WHERE state = 'running' AND leased_until > now()`.execute(db);
  await sql`UPDATE messages SET visible_at = now() WHERE receipt IS NOT NULL AND visible_at > now()`.execute(db);
}
