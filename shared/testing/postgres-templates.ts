import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { openDatabase } from '#shared/db/database.ts';
import { openEmbeddedDatabase } from '#shared/db/embedded/open-embedded-database.ts';
import { migrate } from '#shared/db/migrate.ts';
import { clusterUrl } from './postgres-cluster.ts';

/** The database that the others of a cluster are copied from. */
export const migratedTemplate = 'geocrop_migrated';

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));

/** Makes the migrated template of a new cluster. */
export async function makePostgresTemplate(folder: string): Promise<void> {
  const admin = new pg.Client(clusterUrl(folder, 'postgres'));
  await admin.connect();
  await admin.query(`CREATE DATABASE ${migratedTemplate}`);
  await admin.end();
  await migrateAt(clusterUrl(folder, migratedTemplate));
}

/**
 * Two homes of the embedded database, to be copied: `empty`, as it is after its first opening, and `migrated`. They take
 * some 15 s to make, so they are kept as long as packages and migrations stay the same.
 */
export async function embeddedTemplates(): Promise<string> {
  const kept = path(`../../.cache/tests/embedded-${templateKey()}`);
  if (existsSync(kept)) return kept;
  mkdirSync(path('../../.cache/tests'), { recursive: true });
  const draft = mkdtempSync(`${kept}-`);
  try {
    await inEmbedded(join(draft, 'empty'), () => Promise.resolve());
    cpSync(join(draft, 'empty'), join(draft, 'migrated'), { recursive: true });
    await inEmbedded(join(draft, 'migrated'), migrateAt);
    // Another run may have made it meanwhile: then its files stay.
    if (!existsSync(kept)) renameSync(draft, kept);
    return kept;
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}

async function inEmbedded(folder: string, work: (url: string) => Promise<void>): Promise<void> {
  const socketFolder = mkdtempSync(join(tmpdir(), 'geocrop-s-'));
  const embedded = await openEmbeddedDatabase({ folder, socketFolder });
  try {
    await work(embedded.url);
  } finally {
    await embedded.close();
    rmSync(socketFolder, { recursive: true, force: true });
  }
}

async function migrateAt(url: string): Promise<void> {
  const db = openDatabase({ url });
  try {
    await migrate(db);
  } finally {
    await db.destroy();
  }
}

function templateKey(): string {
  const migrations = path('../db/migrations');
  const files = [
    path('../../node_modules/@electric-sql/pglite/package.json'),
    path('../../node_modules/@electric-sql/pglite-postgis/package.json'),
    ...readdirSync(migrations)
      .sort()
      .map((name) => join(migrations, name)),
  ];
  const hash = createHash('sha256');
  for (const file of files) hash.update(readFileSync(file)).update('\0');
  return hash.digest('hex').slice(0, 16);
}
