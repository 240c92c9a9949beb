import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import { beforeAll, describe, expect, test } from 'vitest';
import { eachDatabase } from '#shared/testing/databases.ts';
import type { Database } from './database.ts';
import { exactlyOne } from './exactly-one.ts';
import { transact } from './transact.ts';

const insertOneUser = (db: Database, name: string) =>
  db
    .insertInto('users')
    .values({ name, role: 'recruiter', password_hash: 'x' })
    .returning('id')
    .executeTakeFirstOrThrow();

eachDatabase((name, open) => {
  let db: Database;
  beforeAll(() => {
    db = open({ maxConnections: 60, statementTimeoutMs: 20_000 });
  });
  const first = async <T>(query: ReturnType<typeof sql<T>>) => (await query.execute(db)).rows[0];

  describe('values', () => {
    test('64-bit integers are numbers, arrays of them too', async () => {
      const row = await first(sql`SELECT 9007199254740991::bigint AS n, ARRAY[1, NULL, -2]::bigint[] AS list`);
      expect(row).toEqual({ n: 9_007_199_254_740_991, list: [1, null, -2] });
    });

    test('an integer that a number cannot hold is an error', async () => {
      await expect(first(sql`SELECT 9007199254740993::bigint`)).rejects.toThrow('too large for a number');
      expect(await first(sql`SELECT 1 AS one`)).toEqual({ one: 1 });
    });

    test('JSON, bytes and times come back as they went', async () => {
      const value = { list: [1, { deep: null }], text: 'Ærø "quoted"' };
      const at = new Date('2024-02-29T23:59:59.123Z');
      const row = await first(
        sql`SELECT ${JSON.stringify(value)}::jsonb AS json, ${Buffer.from([0, 255, 7])}::bytea AS bytes, ${at}::timestamptz AS at`,
      );
      expect(row).toEqual({ json: value, bytes: Buffer.from([0, 255, 7]), at });
    });

    test('a place is where PROJ puts it', async () => {
      // echo 50.746 4.063 | cs2cs -d 3 EPSG:4326 EPSG:32631
      const row = await first<{ x: number; y: number }>(sql`
        SELECT ST_X(p) AS x, ST_Y(p) AS y FROM (
          SELECT ST_Transform(ST_SetSRID(ST_Point(4.063, 50.746), 4326), 32631) AS p) AS projected`);
      expect(row.x).toBeCloseTo(574_995.9444, 2);
      expect(row.y).toBeCloseTo(5_622_118.4843, 2);
    });
  });

  test('a query that must have a row and has none is an error that names it', async () => {
    await expect(exactlyOne(db, sql`SELECT name FROM users`)).rejects.toThrow(
      'expected one row, not 0, of: SELECT name',
    );
    expect(await exactlyOne(db, sql<{ one: number }>`SELECT 1 AS one`)).toEqual({ one: 1 });
  });

  if (name === 'postgresql')
    test('a connection that breaks in a transaction is an error there alone', async () => {
      const broken: Error[] = [];
      const pool = open({ maxConnections: 1, onConnectionError: (error) => broken.push(error) });
      const cut = pool.transaction().execute(async (trx) => {
        await insertOneUser(trx, 'cut-off');
        const { pid } = await exactlyOne(trx, sql<{ pid: number }>`SELECT pg_backend_pid() AS pid`);
        await exactlyOne(db, sql`SELECT pg_terminate_backend(${pid})`);
        while (broken.length === 0) await sleep(10);
        await sql`SELECT 1`.execute(trx);
      });
      await expect(cut).rejects.toBeInstanceOf(Error);
      expect(await exactlyOne(pool, sql`SELECT count(*) AS n FROM users`)).toEqual({ n: 0 });
    });

  test('the limits of a transaction end with it', async () => {
    const inside = await transact(db, { statementTimeoutMs: 1234, lockTimeoutMs: 567 }, (trx) =>
      exactlyOne(
        trx,
        sql`SELECT current_setting('statement_timeout') AS statement, current_setting('lock_timeout') AS lock`,
      ),
    );
    expect(inside).toEqual({ statement: '1234ms', lock: '567ms' });
    const after = await first<{ lock: string }>(sql`SELECT current_setting('lock_timeout') AS lock`);
    expect(after.lock).toBe('0');
  });

  if (name === 'postgresql')
    test('a statement that takes too long is ended by the server', async () => {
      const slow = transact(db, { statementTimeoutMs: 50 }, (trx) => sql`SELECT pg_sleep(10)`.execute(trx));
      await expect(slow).rejects.toMatchObject({ code: '57014' });
    });

  describe('a count and an insert', () => {
    const limit = 5;
    const countOf = async (trx: Database, subject: string) => {
      const count = trx.selectFrom('login_failures').where('subject', '=', subject);
      return (await count.select(({ fn }) => fn.countAll<number>().as('n')).executeTakeFirstOrThrow()).n;
    };
    const insertBelowLimit = async (trx: Database, subject: string) => {
      if ((await countOf(trx, subject)) >= limit) return false;
      await trx.insertInto('login_failures').values({ subject }).execute();
      return true;
    };

    test('under the lock of the user: of 50 at once exactly 5', async () => {
      const { id } = await insertOneUser(db, 'locked');
      const tryOnce = () =>
        db.transaction().execute(async (trx) => {
          await trx.selectFrom('users').select('id').where('id', '=', id).forUpdate().executeTakeFirstOrThrow();
          return insertBelowLimit(trx, id);
        });
      const results = await Promise.all(Array.from({ length: 50 }, tryOnce));
      expect(results.filter(Boolean)).toHaveLength(limit);
      expect(await countOf(db, id)).toBe(limit);
    });

    if (name === 'postgresql')
      test('without the lock more pass: the test above can fail', async () => {
        const tryOnce = () => db.transaction().execute((trx) => insertBelowLimit(trx, 'unlocked'));
        await Promise.all(Array.from({ length: 50 }, tryOnce));
        expect(await countOf(db, 'unlocked')).toBeGreaterThan(limit);
      });
  });
});
