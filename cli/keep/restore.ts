import { existsSync } from 'node:fs';
import { mkdir, readdir, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { takePidLock } from '#shared/db/embedded/pid-lock.ts';
import { newestSchema } from '#shared/db/migrate.ts';
import { GeoCropError } from '#shared/domain/errors.ts';
import { diskError } from '#shared/storage/directory-store.ts';
import { openArchive, type Archive } from './archive/open-archive.ts';
import type { KeepSettings } from './back-up.ts';
import { checkServer } from './database/stage-schema.ts';
import { refuseNewer } from './home-versions.ts';
import { embeddedFolder, isServed } from './reach-database.ts';
import { removeLeftovers, replaceAll } from './replace-all.ts';
import { finishReplacing, lockRestore } from './restore-journal.ts';
import { objectFolders } from './restore-objects.ts';

export interface RestoreOptions {
  settings: KeepSettings;
  /** Replace what is there. */
  force: boolean;
  product: string;
  note?: ((text: string) => void) | undefined;
  onObject?: ((done: number, all: number) => void) | undefined;
  signal?: AbortSignal | undefined;
}

export interface Restored {
  manifest: Archive['manifest'];
  objects: number;
  /** Folder with what was there before; null where nothing was. */
  replaced: string | null;
}

/** Everything in a home that a restore can put in its place. */
const entries = [
  'database',
  'objects',
  'baselines',
  'models',
  'signing-key.json',
  'admin-password',
  'demo-job.json',
  'sources.json',
];

/**
 * Puts a deployment back as an archive holds it. The archive is compared with its sums first; everything is written
 * beside its place, and takes it in the end: what goes wrong before leaves all as it was. The same command completes a
 * restore that was cut off while it took its place.
 */
export async function restore(path: string, options: RestoreOptions): Promise<Restored> {
  const { settings, note = () => {} } = options;
  const { home } = settings;
  note('comparing the archive with its sums ...');
  const archive = await openArchive(path);
  try {
    const { versions, product } = archive.manifest;
    refuseNewer(`the archive ${path}`, { ...versions, product: product.version }, await newestSchema());
    await mkdir(home, { recursive: true, mode: 0o700 });
    const lock = await lockHome(settings);
    try {
      return { ...told(archive), replaced: await replace(archive, options) };
    } finally {
      lock.release();
    }
  } catch (error) {
    throw diskError(error, home);
  } finally {
    await archive.close();
  }
}

async function replace(archive: Archive, options: RestoreOptions): Promise<string | null> {
  const { settings, force, note = () => {} } = options;
  const { home, databaseUrl } = settings;
  const cutOff = await finishReplacing(settings);
  if (cutOff) note('a restore that was cut off is complete now');
  if (cutOff?.created === archive.manifest.created) return lastReplaced(home, cutOff.replaced);
  if (databaseUrl) await checkServer(databaseUrl, force);
  if (!force) await refuseNonEmpty(home, settings, archive);
  await checkSpace(home, archive);
  await removeLeftovers(settings);
  return replaceAll(archive, options);
}

async function lastReplaced(home: string, name: string): Promise<string | null> {
  const path = join(home, name);
  return (await holdsSomething(path)) ? path : null;
}

const told = (archive: Archive) => ({
  manifest: archive.manifest,
  objects: objectFolders.reduce((sum, folder) => sum + archive.under(folder).length, 0),
});

/** Nobody else restores, and nobody opens the embedded database meanwhile. */
async function lockHome(settings: KeepSettings): Promise<{ release(): void }> {
  const restoring = await lockRestore(settings.home);
  try {
    const database = await lockDatabase(settings);
    return { release: () => (database.release(), restoring.release()) };
  } catch (error) {
    restoring.release();
    throw error;
  }
}

async function lockDatabase({ home, databaseUrl }: KeepSettings): Promise<{ release(): void }> {
  const folder = embeddedFolder(home);
  if (databaseUrl || !existsSync(folder)) return { release: () => {} };
  if (await isServed(home))
    throw new GeoCropError('conflict', `a platform runs on ${home}; stop it first, then restore`);
  return takePidLock(join(folder, 'lock'), `the database in ${folder}`);
}

async function refuseNonEmpty(home: string, settings: KeepSettings, archive: Archive): Promise<void> {
  const mayStay: readonly string[] = archive.manifest.scope === 'database' ? objectFolders : [];
  const local = entries.filter((name) => !(name === 'database' && settings.databaseUrl) && !mayStay.includes(name));
  const found: string[] = [];
  for (const name of local) if (await holdsSomething(join(home, name))) found.push(name);
  if (found.length === 0) return;
  throw new GeoCropError(
    'output-exists',
    `${home} is not empty (${found.join(', ')}); say --force to replace what is there, or set GEOCROP_HOME to another folder`,
    { field: 'force' },
  );
}

async function holdsSomething(path: string): Promise<boolean> {
  if (!existsSync(path)) return false;
  return readdir(path).then(
    (names) => names.length > 0,
    () => true,
  );
}

async function checkSpace(home: string, archive: Archive): Promise<void> {
  const needed = [...objectFolders, 'database']
    .flatMap((folder) => archive.under(folder))
    .reduce((sum, { size }) => sum + size, 2e8);
  const { bavail, bsize } = await statfs(home);
  if (bavail * bsize >= needed) return;
  const megabytes = (bytes: number) => `${Math.ceil(bytes / 1e6)} MB`;
  throw new GeoCropError(
    'disk-full',
    `the disk that holds ${home} has ${megabytes(bavail * bsize)} left and the backup needs ${megabytes(needed)}; free some space, nothing was changed`,
  );
}
