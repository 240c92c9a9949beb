import { sql } from 'kysely';
import type { Database } from '#shared/db/database.ts';
import type { RateLimit } from '#shared/http/rate-limit-headers.ts';

export const loginLimits = { windowSeconds: 900, perName: 5, perAddress: 30 };

/** A try to log in, counted as a failure until it has succeeded, so that parallel tries cannot pass together. */
export interface LoginTry {
  /** Null where the try may go on; else the limit that it met. */
  refusedBy: RateLimit | null;
  /** Takes this try off the count again, and with it all failures of the name. */
  succeed(): Promise<void>;
}

const subjectsOf = (name: string, address: string) => [
  { subject: `name:${name}`, limit: loginLimits.perName },
  { subject: `address:${address}`, limit: loginLimits.perAddress },
];

/** Counts a try against its name and its address. A refused one is not counted: whoever goes on trying delays nothing. */
export async function beginTry(db: Database, name: string, address: string): Promise<LoginTry> {
  const subjects = subjectsOf(name, address);
  const rows = await db
    .insertInto('login_failures')
    .values(subjects.map(({ subject }) => ({ subject })))
    .returning('id')
    .execute();
  const ids = rows.map((row) => row.id);
  const refusedBy = await firstExceeded(db, subjects);
  if (refusedBy) await db.deleteFrom('login_failures').where('id', 'in', ids).execute();
  return {
    refusedBy,
    succeed: async () => {
      await db
        .deleteFrom('login_failures')
        .where((where) => where.or([where('id', 'in', ids), where('subject', '=', subjects[0].subject)]))
        .execute();
    },
  };
}

async function firstExceeded(db: Database, subjects: { subject: string; limit: number }[]): Promise<RateLimit | null> {
  for (const { subject, limit } of subjects) {
    const { count, oldest } = await countIn(db, subject);
    if (count <= limit) continue;
    const resetSeconds = Math.max(1, loginLimits.windowSeconds - oldest);
    return { name: 'login', limit, windowSeconds: loginLimits.windowSeconds, remaining: 0, resetSeconds };
  }
  return null;
}

/** Tries of a subject within the window, and the age in seconds of the oldest. */
async function countIn(db: Database, subject: string): Promise<{ count: number; oldest: number }> {
  const row = await db
    .selectFrom('login_failures')
    .select([
      sql<number>`count(*)::int`.as('count'),
      sql<number>`coalesce(extract(epoch from now() - min(at)), 0)::int`.as('oldest'),
    ])
    .where('subject', '=', subject)
    .where('at', '>', sql<Date>`now() - make_interval(secs => ${loginLimits.windowSeconds})`)
    .executeTakeFirstOrThrow();
  return row;
}

/** Drops what no window sees any more. */
export async function sweepFailures(db: Database): Promise<void> {
  await db
    .deleteFrom('login_failures')
    .where('at', '<', sql<Date>`now() - make_interval(secs => ${2 * loginLimits.windowSeconds})`)
    .execute();
}
