import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { sql } from 'kysely';
import { describe, expect, test } from 'vitest';
import type { Database } from '#shared/db/database.ts';
import { migrate, newestSchema } from '#shared/db/migrate.ts';
import { openArchive } from './archive/open-archive.ts';
import { schemaVersion } from './database/tables.ts';
import { readHomeVersions, writeHomeVersions } from './home-versions.ts';
import { restore } from './restore.ts';
import { folderDeployment, type TestDeployment } from './testing/deployment.ts';
import { checkHome, upgradeHome } from './upgrade-home.ts';
import { askLender } from '#shared/testing/postgres-lender.ts';

const product = { version: '9.9.9', commit: 'test' };

/** A home as the first version of the schema left it, with a user. */
async function oldHome(): Promise<TestDeployment> {
  const deployment = await folderDeployment('nothing');
  const { home } = deployment.settings;
  mkdirSync(home);
  cpSync(join(await askLender('embedded'), 'empty'), join(home, 'database'), { recursive: true });
  await deployment.serve();
  await migrate(deployment.open(), undefined, 1);
  await sql`INSERT INTO users (name, role, password_hash) VALUES ('old', 'admin', 'x')`.execute(deployment.open());
  return deployment;
}

const upgrade = (deployment: TestDeployment, db: Database, notes: string[] = []) =>
  upgradeHome({ settings: deployment.settings, db, product, note: (text) => notes.push(text) });

const users = async (db: Database) =>
  (await sql<{ name: string }>`SELECT name FROM users`.execute(db)).rows.map(({ name }) => name);

describe('an older home', () => {
  test('is copied, then brought to the newest form; the copy can be restored', { timeout: 120_000 }, async () => {
    const deployment = await oldHome();
    const { home } = deployment.settings;
    try {
      const db = deployment.open();
      expect(await schemaVersion(db)).toBe(1);
      const notes: string[] = [];
      await upgrade(deployment, db, notes);
      expect([await schemaVersion(db), await users(db)]).toEqual([await newestSchema(), ['old']]);
      const versions = { home: 1, schema: await newestSchema(), product: '9.9.9' };
      expect(JSON.parse(readFileSync(join(home, 'versions.json'), 'utf8'))).toEqual(versions);
      const [backup] = readdirSync(join(home, 'backups'));
      expect(backup).toMatch(/^before-upgrade-\d{8}T\d{6}Z-schema-1\.tar$/);
      expect(notes).toEqual([expect.stringContaining(backup)]);

      await db.deleteFrom('users').execute();
      await upgrade(deployment, db, notes);
      expect(notes).toHaveLength(1);
      await deployment.stop();
      const path = join(home, 'backups', backup);
      const archive = await openArchive(path);
      expect(archive.manifest).toMatchObject({ scope: 'database', versions: { schema: 1 } });
      await archive.close();
      await restore(path, { settings: deployment.settings, force: true, product: product.version });
      await deployment.serve();
      const restored = deployment.open();
      expect([await schemaVersion(restored), await users(restored)]).toEqual([await newestSchema(), ['old']]);
    } finally {
      await deployment.close();
    }
  });

  test('is not touched where the copy fails; of copies the last three stay', { timeout: 120_000 }, async () => {
    const deployment = await oldHome();
    const { home } = deployment.settings;
    try {
      const db = deployment.open();
      writeFileSync(join(home, 'backups'), 'in the way');
      await expect(upgrade(deployment, db)).rejects.toThrow('the backup before that failed');
      expect(await schemaVersion(db)).toBe(1);
      rmSync(join(home, 'backups'));
      mkdirSync(join(home, 'backups'));
      const earlier = [1, 2, 3, 4].map((n) => `before-upgrade-2020010${n}T000000Z-schema-1.tar`);
      for (const name of [...earlier, 'mine.tar']) writeFileSync(join(home, 'backups', name), '');
      await upgrade(deployment, db);
      const kept = readdirSync(join(home, 'backups')).sort();
      expect(kept).toEqual([...earlier.slice(2), expect.stringMatching(/^before-upgrade-20[^2]|^before/), 'mine.tar']);
    } finally {
      await deployment.close();
    }
  });
});

describe('a newer home', () => {
  test('is refused in one sentence, by its file or by its database', { timeout: 60_000 }, async () => {
    const deployment = await folderDeployment();
    const { home } = deployment.settings;
    try {
      await writeHomeVersions(home, { home: 2, schema: 3, product: '8.0.0' });
      const newer = (who: string) => ({
        code: 'setup-missing',
        message: expect.stringMatching(new RegExp(`was written by a newer version of GeoCrop \\(${who}\\); update`)),
      });
      await expect(checkHome(home)).rejects.toMatchObject(newer('8.0.0'));
      await writeHomeVersions(home, { home: 1, schema: (await newestSchema()) + 1, product: '8.1.0' });
      await expect(checkHome(home)).rejects.toMatchObject(newer('8.1.0'));
      await writeHomeVersions(home, { home: 1, schema: await newestSchema(), product: '0.0.1' });
      await checkHome(home);
      await deployment.serve();
      const db = deployment.open();
      await db.insertInto('schema_migrations').values({ version: 99, name: '0099_later.sql' }).execute();
      await expect(upgrade(deployment, db)).rejects.toMatchObject(newer('its own version'));
      writeFileSync(join(home, 'versions.json'), '{');
      await expect(readHomeVersions(home)).rejects.toMatchObject({ code: 'setup-missing' });
    } finally {
      await deployment.close();
    }
  });

  test('as a backup is refused as well, and nothing is changed', { timeout: 60_000 }, async () => {
    const deployment = await folderDeployment();
    try {
      const { backUp } = await import('./back-up.ts');
      await deployment.serve();
      const db = deployment.open();
      await db.insertInto('schema_migrations').values({ version: 99, name: '0099_later.sql' }).execute();
      const path = join(deployment.settings.home, 'newer.tar');
      const database = { db, kind: 'embedded' as const };
      await backUp(path, { settings: deployment.settings, database, product, scope: 'all', withParts: false });
      await deployment.stop();
      const before = readdirSync(deployment.settings.home).sort();
      const attempt = restore(path, { settings: deployment.settings, force: true, product: '0.1.0' });
      await expect(attempt).rejects.toThrow('was written by a newer version of GeoCrop (9.9.9)');
      expect(readdirSync(deployment.settings.home).sort()).toEqual(before);
    } finally {
      await deployment.close();
    }
  });
});
