import { afterAll, beforeAll, describe, test } from 'vitest';
import { openDatabase, type Database, type DatabaseOptions } from '#shared/db/database.ts';
import { postgresInstalled } from './postgres-cluster.ts';
import { lendDatabase, type DatabaseName, type LentDatabase } from './postgres-lender.ts';

export type { DatabaseName } from './postgres-lender.ts';

/** Opens the suite's database; each call is a pool of its own, as another process would have. Closed after the suite. */
export type OpenTestDatabase = (options?: DatabaseOptions) => Database;

const prepareMs = 120_000;

/**
 * Runs a suite on the embedded database and, where Debian's PostgreSQL 15 with PostGIS is installed, on that: a claim
 * about concurrency counts only there. Each has a database of its own, migrated unless `empty` is asked for.
 */
export function eachDatabase(
  suite: (name: DatabaseName, open: OpenTestDatabase) => void,
  { empty = false }: { empty?: boolean } = {},
): void {
  describe('on the embedded database', () => withDatabase('embedded', empty, suite));
  if (postgresInstalled()) describe('on PostgreSQL 15', () => withDatabase('postgresql', empty, suite));
  else describe('on PostgreSQL 15', tellOfAbsence);
}

function withDatabase(
  name: DatabaseName,
  empty: boolean,
  suite: (name: DatabaseName, open: OpenTestDatabase) => void,
): void {
  let lent: LentDatabase | undefined;
  const opened: Database[] = [];
  beforeAll(async () => {
    lent = await lendDatabase(name, empty);
  }, prepareMs);
  afterAll(async () => {
    await Promise.all(opened.map((db) => db.destroy()));
    await lent?.close();
  }, prepareMs);
  suite(name, (options) => {
    if (!lent) throw new Error('a database is there from beforeAll on');
    const db = openDatabase({ url: lent.url }, options);
    opened.push(db);
    return db;
  });
}

function tellOfAbsence(): void {
  const name = 'needs the Debian packages postgresql-15 and postgresql-15-postgis-3';
  if (process.env.GEOCROP_REQUIRE_ALL === '1')
    test(name, () => {
      throw new Error(`this run must not skip anything, and it ${name}`);
    });
  else test.skip(name);
}
