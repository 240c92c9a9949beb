import { gunzipSync } from 'node:zlib';
import { sql } from 'kysely';
import type { Database } from '#shared/db/database.ts';
import { migrate } from '#shared/db/migrate.ts';
import type { Archive } from '../archive/open-archive.ts';
import type { DumpedTable } from '../archive/manifest.ts';
import { platformTables, type Table } from './tables.ts';

/** A file of the dump is some megabytes; more than this no dump has written. */
const mostFileBytes = 256 * 2 ** 20;
/** Rows of one statement, bytes of text. */
const statementBytes = 4 * 2 ** 20;

/**
 * Fills an empty database: it is given the form that the rows were written from, then the rows, then what has been
 * added to that form since.
 */
export async function loadDatabase(db: Database, archive: Archive): Promise<void> {
  const { tables, versions } = archive.manifest;
  await migrate(db, undefined, versions.schema);
  const dumped = new Map(tables.map((table) => [table.name, table]));
  const there = await platformTables(db);
  for (const table of there) {
    const rows = dumped.get(table.name);
    if (!rows) throw new Error(`the archive has no table ${table.name}`);
    await loadTable(db, table, rows, archive);
    dumped.delete(table.name);
  }
  if (dumped.size > 0) throw new Error(`the archive has a table that nobody knows: ${[...dumped.keys()].join(', ')}`);
  await migrate(db);
}

async function loadTable(db: Database, table: Table, dumped: DumpedTable, archive: Archive): Promise<void> {
  const types = new Map(table.columns.map(({ name, type }) => [name, type]));
  const known = dumped.columns.filter((name) => types.has(name));
  if (known.length !== types.size || known.length !== dumped.columns.length)
    throw new Error(`the columns of the table ${table.name} are not those of the archive`);
  let rows = 0;
  for (const file of dumped.files)
    for (const lines of statements(gunzipSync(await archive.read(file), { maxOutputLength: mostFileBytes }))) {
      await insert(db, table.name, dumped.columns, types, lines);
      rows += lines.length;
    }
  if (rows !== dumped.rows) throw new Error(`the table ${table.name} has ${rows} rows in place of ${dumped.rows}`);
  for (const column of table.columns) if (column.isIdentity) await goOnCounting(db, table.name, column.name);
}

function* statements(text: Buffer): Generator<string[]> {
  let lines: string[] = [];
  let bytes = 0;
  for (const line of text.toString().split('\n')) {
    if (line === '') continue;
    lines.push(line);
    bytes += line.length;
    if (bytes < statementBytes) continue;
    yield lines;
    [lines, bytes] = [[], 0];
  }
  if (lines.length > 0) yield lines;
}

async function insert(
  db: Database,
  table: string,
  columns: readonly string[],
  types: ReadonlyMap<string, string>,
  lines: readonly string[],
): Promise<void> {
  const names = sql.join(columns.map((name) => sql.ref(name)));
  // The types are those of the catalog, never of the archive.
  const values = sql.join(columns.map((name, i) => sql`(r ->> ${sql.lit(i)})::${sql.raw(types.get(name)!)}`));
  await sql`INSERT INTO ${sql.table(table)} (${names}) OVERRIDING SYSTEM VALUE
    SELECT ${values} FROM json_array_elements(${`[${lines.join(',')}]`}::json) AS r`.execute(db);
}

/** What is numbered by the database goes on after the last number that was used. */
async function goOnCounting(db: Database, table: string, column: string): Promise<void> {
  await sql`SELECT setval(pg_get_serial_sequence(quote_ident(current_schema()) || '.' || quote_ident(${table}), ${column}),
    coalesce((SELECT max(${sql.ref(column)}) FROM ${sql.table(table)}), 0) + 1, false)`.execute(db);
}
