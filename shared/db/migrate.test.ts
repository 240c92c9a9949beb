import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { sql } from 'kysely';
import { afterAll, expect, test } from 'vitest';
import { eachDatabase } from '#shared/testing/databases.ts';
import type { Database } from './database.ts';
import { migrate } from './migrate.ts';

const folder = mkdtempSync(join(tmpdir(), 'geocrop-migrations-'));
cpSync(fileURLToPath(new URL('./migrations', import.meta.url)), folder, { recursive: true });
afterAll(() => rmSync(folder, { recursive: true }));

const tables = async (db: Database): Promise<string[]> => {
  const { rows } = await sql<{ table: string }>`
    SELECT table_name AS table FROM information_schema.tables
    WHERE table_schema = 'public' AND table_type = 'BASE TABLE' ORDER BY 1`.execute(db);
  return rows.map(({ table }) => table);
};

eachDatabase(
  (_name, open) => {
    test('several processes at once bring an empty database to its form, each file once', async () => {
      const applied = await Promise.all(Array.from({ length: 4 }, () => migrate(open())));
      expect(applied.flat().sort()).toEqual([...new Set(applied.flat())].sort());
      expect(applied.flat()).toContain('0001_platform.sql');
      expect(await tables(open())).toEqual([
        'events',
        'idempotency_keys',
        'job_parts',
        'jobs',
        'login_failures',
        'messages',
        'parts',
        'refresh_tokens',
        'schedules',
        'schema_migrations',
        'shares',
        'spatial_ref_sys',
        'users',
      ]);
    }, 60_000);

    test('a second time there is nothing to do', async () => {
      expect(await migrate(open())).toEqual([]);
    });

    test('a file that fails leaves nothing of itself, and the next try goes on', async () => {
      const [last] = (
        await sql<{ version: number }>`SELECT max(version) AS version FROM schema_migrations`.execute(open())
      ).rows;
      const next = `${String(last.version + 1).padStart(4, '0')}_next.sql`;
      writeFileSync(join(folder, next), 'CREATE TABLE half (n integer); SELECT 1 / 0;');
      await expect(migrate(open(), folder)).rejects.toMatchObject({ code: '22012' });
      expect(await tables(open())).not.toContain('half');
      writeFileSync(join(folder, next), 'CREATE TABLE half (n integer);');
      expect(await migrate(open(), folder)).toEqual([next]);
      expect(await tables(open())).toContain('half');
    });

    test('a database that is newer than the code is refused', async () => {
      await expect(migrate(open())).rejects.toMatchObject({
        code: 'setup-missing',
        message: expect.stringContaining('newer version of GeoCrop'),
      });
      rmSync(join(folder, '0002_next.sql'), { force: true });
    });
  },
  { empty: true },
);

test('files with a gap in their numbers are refused before anything is touched', async () => {
  const gap = mkdtempSync(join(tmpdir(), 'geocrop-gap-'));
  writeFileSync(join(gap, '0002_second.sql'), '');
  await expect(migrate({} as Database, gap)).rejects.toThrow('without a gap: 0002_second.sql');
  rmSync(gap, { recursive: true });
});
