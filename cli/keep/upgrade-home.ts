import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Product } from '#shared/config/product.ts';
import type { Database } from '#shared/db/database.ts';
import { migrate, newestSchema } from '#shared/db/migrate.ts';
import { GeoCropError } from '#shared/domain/errors.ts';
import { backUp, type KeepSettings } from './back-up.ts';
import { schemaVersion } from './database/tables.ts';
import { homeLayout, readHomeVersions, refuseNewer, writeHomeVersions } from './home-versions.ts';

export interface Upgrade {
  settings: KeepSettings;
  db: Database;
  product: Product;
  note: (text: string) => void;
}

/** Backups that are kept of those that were made before upgrades. */
const keptBackups = 3;
const nameForm = /^before-upgrade-[0-9TZ]+-schema-\d+\.tar$/;

/** Refuses a home that a newer version has written, before anything in it is opened. */
export async function checkHome(home: string): Promise<void> {
  refuseNewer(home, await readHomeVersions(home), await newestSchema());
}

/**
 * Brings a home and its database to the form of this version. What has rows of an older form is copied first, so that
 * the older version can go on with it; the home then says which versions it is of.
 *
 * @throws GeoCropError `setup-missing` where the database is of a newer version
 */
export async function upgradeHome({ settings, db, product, note }: Upgrade): Promise<void> {
  const { home, databaseUrl } = settings;
  const [schema, newest] = [await schemaVersion(db), await newestSchema()];
  refuseNewer(databaseUrl ? 'the database' : home, { home: homeLayout, schema, product: 'its own version' }, newest);
  if (schema > 0 && schema < newest) await backUpFirst({ settings, db, product, note }, schema);
  await migrate(db);
  await writeHomeVersions(home, { home: homeLayout, schema: databaseUrl ? null : newest, product: product.version });
}

/** Rows and small files: an upgrade of the rows changes no object. */
async function backUpFirst({ settings, db, product, note }: Upgrade, schema: number): Promise<void> {
  const folder = join(settings.home, 'backups');
  const time = new Date().toISOString().replace(/[-:]|\.\d+/g, '');
  const path = join(folder, `before-upgrade-${time}-schema-${schema}.tar`);
  note(`upgrading the database; as it was it is kept in ${path}`);
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const database = { db, kind: settings.databaseUrl ? ('server' as const) : ('embedded' as const) };
    await backUp(path, { settings, database, product, scope: 'database', withParts: false });
  } catch (cause) {
    throw new GeoCropError(
      'setup-missing',
      `the database must be upgraded, and the backup before that failed: ${(cause as Error).message}; nothing was changed`,
      { cause },
    );
  }
  const backups = (await readdir(folder)).filter((name) => nameForm.test(name)).sort();
  for (const name of backups.slice(0, -keptBackups)) await rm(join(folder, name));
}
