import { sql } from 'kysely';
import type { Database } from '#shared/db/database.ts';

export interface Column {
  name: string;
  /** As SQL writes it: `timestamp with time zone`, `geometry(Polygon,4326)`. */
  type: string;
  isIdentity: boolean;
}

export interface Table {
  name: string;
  columns: Column[];
}

/** The queue's messages are hints that the reconciler makes anew; the ledger is made by the migrations. */
const leftOut = ['messages', 'schema_migrations'];

/** The tables of the platform, each after those that it refers to; not those of extensions. */
export async function platformTables(db: Database): Promise<Table[]> {
  const { rows } = await sql<{ table: string; column: string; type: string; identity: boolean }>`
    SELECT c.relname AS table, a.attname AS column, format_type(a.atttypid, a.atttypmod) AS type,
      a.attidentity <> '' AS identity
    FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
    WHERE c.relkind = 'r' AND c.relnamespace = current_schema()::regnamespace
      AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
      AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.classid = 'pg_class'::regclass AND d.deptype = 'e')
    ORDER BY c.relname, a.attnum`.execute(db);
  const tables = new Map<string, Table>();
  for (const { table, column, type, identity } of rows) {
    if (leftOut.includes(table)) continue;
    const found = tables.get(table) ?? { name: table, columns: [] };
    found.columns.push({ name: column, type, isIdentity: identity });
    tables.set(table, found);
  }
  return inOrder(tables, await references(db));
}

async function references(db: Database): Promise<Map<string, string[]>> {
  const { rows } = await sql<{ from: string; to: string }>`
    SELECT c.relname AS from, f.relname AS to
    FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_class f ON f.oid = k.confrelid
    WHERE k.contype = 'f' AND c.relnamespace = current_schema()::regnamespace AND c.oid <> f.oid`.execute(db);
  const of = Map.groupBy(rows, ({ from }) => from);
  return new Map([...of].map(([from, all]) => [from, all.map(({ to }) => to)]));
}

function inOrder(tables: Map<string, Table>, refersTo: Map<string, string[]>): Table[] {
  const ordered = new Set<Table>();
  const visit = (name: string, path: readonly string[]) => {
    const table = tables.get(name);
    if (!table || ordered.has(table)) return;
    if (path.includes(name))
      throw new Error(`the tables ${[...path, name].join(', ')} refer to each other in a circle`);
    for (const other of refersTo.get(name) ?? []) visit(other, [...path, name]);
    ordered.add(table);
  };
  for (const name of tables.keys()) visit(name, []);
  return [...ordered];
}

/** The number of the newest migration that a database has had; 0 where it has none. */
export async function schemaVersion(db: Database): Promise<number> {
  const { rows } = await sql<{ there: boolean }>`
    SELECT to_regclass(quote_ident(current_schema()) || '.schema_migrations') IS NOT NULL AS there`.execute(db);
  if (!rows[0]?.there) return 0;
  const { version } = await db
    .selectFrom('schema_migrations')
    .select(({ fn }) => fn.max('version').as('version'))
    .executeTakeFirstOrThrow();
  return version ?? 0;
}
