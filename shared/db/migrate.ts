import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { sql, type Transaction } from 'kysely';
import { GeoCropError } from '#shared/domain/errors.ts';
import type { Database } from './database.ts';
import type { Schema } from './schema.ts';

interface Migration {
  version: number;
  name: string;
  path: string;
}

const fileForm = /^(\d{4})_[a-z0-9-]+\.sql$/;

/**
 * Brings the database to the form that this code needs: the numbered SQL files that it has not had, each in one
 * transaction. Any number of processes may do so at once; each file runs once.
 *
 * @param folder where the files lie, if a bundle put them elsewhere
 * @param through the last file to apply: a backup of an older form is read into that form first
 * @returns the names of the files that this call applied
 * @throws GeoCropError `setup-missing` where the database is newer than the code
 */
export async function migrate(
  db: Database,
  folder: string = migrationFolder(),
  through: number = Number.POSITIVE_INFINITY,
): Promise<string[]> {
  const migrations = await listMigrations(folder);
  await makeLedger(db);
  const applied: string[] = [];
  for (const migration of migrations)
    if (migration.version <= through && (await apply(db, migration, migrations.length))) applied.push(migration.name);
  return applied;
}

/** The number of the form that this code needs. */
export const newestSchema = async (): Promise<number> => (await listMigrations(migrationFolder())).length;

const migrationFolder = () => fileURLToPath(new URL('./migrations', import.meta.url));

async function listMigrations(folder: string): Promise<Migration[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.sql')).sort();
  return names.map((name, index) => {
    const version = Number(fileForm.exec(name)?.[1]);
    if (version !== index + 1)
      throw new Error(`the migrations in ${folder} are not numbered 0001, 0002, ... without a gap: ${name}`);
    return { version, name, path: join(folder, name) };
  });
}

/** unique_violation, duplicate_table, duplicate_object: the last one is of the type that comes with a table. */
const duplicate = ['23505', '42P07', '42710'];

async function makeLedger(db: Database): Promise<void> {
  try {
    await sql`CREATE TABLE IF NOT EXISTS schema_migrations (
      version integer PRIMARY KEY,
      name text NOT NULL,
      applied_at timestamptz NOT NULL DEFAULT now()
    )`.execute(db);
  } catch (error) {
    // IF NOT EXISTS looks before another process commits and stumbles over its table afterwards.
    if (!duplicate.includes((error as { code?: string }).code ?? '')) throw error;
  }
}

/** Applies one file under the lock of the ledger; false where it was applied before. */
function apply(db: Database, { version, name, path }: Migration, newest: number): Promise<boolean> {
  return db.transaction().execute(async (trx) => {
    await sql`LOCK TABLE schema_migrations IN ACCESS EXCLUSIVE MODE`.execute(trx);
    const current = await currentVersion(trx);
    if (current > newest)
      throw new GeoCropError(
        'setup-missing',
        `the database was made by a newer version of GeoCrop (its form is ${current}, this version knows ${newest}); update this installation`,
      );
    if (current >= version) return false;
    await sql.raw(await readFile(path, 'utf8')).execute(trx);
    await trx.insertInto('schema_migrations').values({ version, name }).execute();
    return true;
  });
}

async function currentVersion(trx: Transaction<Schema>): Promise<number> {
  const latest = trx.selectFrom('schema_migrations').select(({ fn }) => fn.max('version').as('version'));
  return (await latest.executeTakeFirstOrThrow()).version ?? 0;
}
