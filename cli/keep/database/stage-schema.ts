import { sql } from 'kysely';
import { openDatabase, type Database } from '#shared/db/database.ts';
import { GeoCropError } from '#shared/domain/errors.ts';
import { platformTables, schemaVersion } from './tables.ts';

const nameForm = /^geocrop_restore_[0-9a-f]{12}$/;
const applicationName = 'geocrop-keep';

/**
 * Makes a schema of a server beside the one in use, into which a backup is read before it takes the other's place.
 *
 * @returns finds what is in the staged schema
 */
export async function stageSchema(url: string, name: string): Promise<Database> {
  const admin = openDatabase({ url }, { applicationName });
  try {
    // Before there is a staged schema that it would be put into.
    await sql`CREATE EXTENSION IF NOT EXISTS postgis`.execute(admin);
    const { rows } = await sql<{ path: string }>`
      SELECT DISTINCT quote_ident(nspname) AS path FROM pg_extension JOIN pg_namespace n ON n.oid = extnamespace
      WHERE extname = 'postgis'`.execute(admin);
    await sql`CREATE SCHEMA ${sql.id(name)}`.execute(admin);
    const path = [name, ...rows.map((row) => row.path)].join(',');
    return openDatabase({ url: withSearchPath(url, path) }, { applicationName, maxConnections: 2 });
  } finally {
    await admin.destroy();
  }
}

function withSearchPath(url: string, path: string): string {
  const staged = new URL(url);
  staged.searchParams.set('options', `-c search_path=${path}`);
  return staged.href;
}

export async function dropSchema(url: string, name: string): Promise<void> {
  const db = openDatabase({ url }, { applicationName });
  try {
    await sql`DROP SCHEMA IF EXISTS ${sql.id(name)} CASCADE`.execute(db);
  } finally {
    await db.destroy();
  }
}

/**
 * Puts the tables of a staged schema in the place of those in use, in one transaction, and leaves its name there. What
 * was done before is not done again.
 *
 * @throws Error where neither the staged schema is there nor what was made of it: it is another database
 */
export async function unstageSchema(url: string, name: string): Promise<void> {
  if (!nameForm.test(name)) throw new Error(`not a staged schema: ${name}`);
  const db = openDatabase({ url }, { applicationName });
  try {
    await db.transaction().execute((trx) => unstageIn(trx, name));
  } finally {
    await db.destroy();
  }
}

async function unstageIn(trx: Database, name: string): Promise<void> {
  const { rows } = await sql<{ table: string }>`
    SELECT relname AS table FROM pg_class WHERE relkind = 'r' AND relnamespace = to_regnamespace(${name})`.execute(trx);
  if (rows.length === 0) return assertUnstaged(trx, name);
  const [{ target }] = (await sql<{ target: string }>`SELECT current_schema() AS target`.execute(trx)).rows;
  for (const { table } of rows) await sql`DROP TABLE IF EXISTS ${sql.id(target, table)} CASCADE`.execute(trx);
  for (const { table } of rows) await sql`ALTER TABLE ${sql.id(name, table)} SET SCHEMA ${sql.id(target)}`.execute(trx);
  await sql`COMMENT ON TABLE ${sql.id(target, ledger)} IS ${sql.lit(name)}`.execute(trx);
  // Without CASCADE: something that was not moved ends it all.
  await sql`DROP SCHEMA ${sql.id(name)}`.execute(trx);
}

const ledger = 'schema_migrations';

async function assertUnstaged(trx: Database, name: string): Promise<void> {
  const { rows } = await sql<{ from: string | null }>`
    SELECT obj_description(to_regclass(${ledger}), 'pg_class') AS from`.execute(trx);
  if (rows[0].from === name) return;
  throw new Error(
    'a restore into a server was cut off, and what it has read is not in this database: set DATABASE_URL as it was then, so that it can be completed',
  );
}

/**
 * Refuses a server whose database is in use, or holds a platform that nobody said may be replaced.
 *
 * @throws GeoCropError `conflict`, `output-exists`
 */
export async function checkServer(url: string, force: boolean): Promise<void> {
  const db = openDatabase({ url }, { applicationName });
  try {
    const { rows } = await sql<{ n: number }>`
      SELECT count(*)::int AS n FROM pg_stat_activity
      WHERE datname = current_database() AND application_name = 'geocrop'`.execute(db);
    if (rows[0].n > 0)
      throw new GeoCropError(
        'conflict',
        `the database is in use by a running platform (${rows[0].n} connections); stop it and its functions first`,
      );
    if (force || (await schemaVersion(db)) === 0 || !(await hasRows(db))) return;
    throw new GeoCropError(
      'output-exists',
      'the database holds a platform; say --force to replace it with the backup',
      { field: 'force' },
    );
  } finally {
    await db.destroy();
  }
}

async function hasRows(db: Database): Promise<boolean> {
  for (const { name } of await platformTables(db)) {
    const { rows } = await sql<{ any: boolean }>`SELECT EXISTS (SELECT FROM ${sql.table(name)}) AS any`.execute(db);
    if (rows[0].any) return true;
  }
  return false;
}
