import { gzipSync } from 'node:zlib';
import { sql } from 'kysely';
import type { Database } from '#shared/db/database.ts';
import type { DumpedTable } from '../archive/manifest.ts';
import type { ArchiveSink } from '../archive/write-archive.ts';
import { platformTables, type Table } from './tables.ts';

/** Text that is held before it becomes a file of the archive. */
const fileBytes = 4 * 2 ** 20;
const answerBytes = 2 ** 20;
const mostRows = 2000;

/**
 * Writes every row of one snapshot. `db` is a transaction: on a server no one waits for it; on the embedded database,
 * which is one session, everybody waits until it ends.
 */
export async function dumpDatabase(db: Database, sink: ArchiveSink): Promise<DumpedTable[]> {
  const dumped: DumpedTable[] = [];
  for (const table of await platformTables(db)) dumped.push(await dumpTable(db, table, sink));
  return dumped;
}

async function dumpTable(db: Database, table: Table, sink: ArchiveSink): Promise<DumpedTable> {
  const files: string[] = [];
  let lines: string[] = [];
  let held = 0;
  let rows = 0;
  const flush = async () => {
    if (lines.length === 0) return;
    const name = `database/${table.name}/${String(files.length + 1).padStart(6, '0')}.jsonl.gz`;
    await sink.add(name, gzipSync(lines.join('')));
    files.push(name);
    [lines, held] = [[], 0];
  };
  for await (const line of rowsOf(db, table)) {
    lines.push(`${line}\n`);
    held += line.length;
    rows++;
    if (held >= fileBytes) await flush();
  }
  await flush();
  return { name: table.name, columns: table.columns.map(({ name }) => name), rows, files };
}

/** Each row as a JSON array of its values' texts. Few large rows or many small ones come in one answer. */
async function* rowsOf(db: Database, { name, columns }: Table): AsyncGenerator<string> {
  const values = sql.join(columns.map((column) => sql`${sql.ref(column.name)}::text`));
  const from = sql.table(name);
  await sql`DECLARE dump NO SCROLL CURSOR FOR SELECT to_json(ARRAY[${values}])::text AS line FROM ${from}`.execute(db);
  for (let count = 50; ;) {
    const { rows } = await sql<{ line: string }>`FETCH ${sql.lit(count)} FROM dump`.execute(db);
    for (const { line } of rows) yield line;
    if (rows.length < count) break;
    const bytes = rows.reduce((sum, { line }) => sum + line.length, 0);
    count = Math.max(1, Math.min(mostRows, Math.floor((count * answerBytes) / Math.max(1, bytes))));
  }
  await sql`CLOSE dump`.execute(db);
}
