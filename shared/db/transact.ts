import { sql, type Transaction } from 'kysely';
import type { Database } from './database.ts';
import type { Schema } from './schema.ts';

export interface TransactionLimits {
  statementTimeoutMs?: number | undefined;
  lockTimeoutMs?: number | undefined;
}

/** A transaction with time limits of its own; they end with it. The embedded server does not know them. */
export function transact<T>(
  db: Database,
  limits: TransactionLimits,
  work: (trx: Transaction<Schema>) => Promise<T>,
): Promise<T> {
  const settings = Object.entries({
    statement_timeout: limits.statementTimeoutMs,
    lock_timeout: limits.lockTimeoutMs,
  }).flatMap(([name, value]) => (value === undefined ? [] : [sql`set_config(${name}, ${String(value)}, true)`]));
  return db.transaction().execute(async (trx) => {
    if (settings.length > 0) await sql`SELECT ${sql.join(settings)}`.execute(trx);
    return work(trx);
  });
}
