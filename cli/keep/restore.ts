import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm, statfs, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDatabase, type Database } from '#shared/db/database.ts';
import { openEmbeddedDatabase } from '#shared/db/embedded/open-embedded-database.ts';
import { takePidLock } from '#shared/db/embedded/pid-lock.ts';
import { newestSchema } from '#shared/db/migrate.ts';
import { GeoCropError } from '#shared/domain/errors.ts';
import { diskError } from '#shared/storage/directory-store.ts';
import { openStore } from '#shared/storage/open-store.ts';
import { openArchive, type Archive } from './archive/open-archive.ts';
import type { KeepSettings } from './back-up.ts';
import { loadDatabase } from './database/load-database.ts';
import { mendRows, type IsThere } from './database/mend-rows.ts';
import { checkServer, stageSchema } from './database/stage-schema.ts';
import { isHomeFile } from './home-files.ts';
import { homeLayout, refuseNewer, writeHomeVersions } from './home-versions.ts';
import { embeddedFolder, isServed } from './reach-database.ts';
import { beginReplacing, finishReplacing, isReplacing } from './restore-journal.ts';
import { objectTargets, restoreObjects } from './restore-objects.ts';

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
 * beside its place, and takes it in the end: what goes wrong before leaves all as it was.
 */
export async function restore(path: string, options: RestoreOptions): Promise<Restored> {
  const { settings, force, note = () => {} } = options;
  const { home, databaseUrl } = settings;
  note('comparing the archive with its sums ...');
  const archive = await openArchive(path);
  try {
    const { versions, product } = archive.manifest;
    refuseNewer(`the archive ${path}`, { ...versions, product: product.version }, await newestSchema());
    await mkdir(home, { recursive: true, mode: 0o700 });
    const lock = await lockHome(settings);
    try {
      await finishReplacing(home, databaseUrl);
      if (databaseUrl) await checkServer(databaseUrl, force);
      if (!force) await refuseNonEmpty(home, settings, archive);
      await checkSpace(home, archive);
      await removeLeftovers(home);
      return await replaceAll(archive, options);
    } finally {
      lock.release();
    }
  } catch (error) {
    throw diskError(error, home);
  } finally {
    await archive.close();
  }
}

/** Nobody opens the embedded database meanwhile. */
async function lockHome({ home, databaseUrl }: KeepSettings): Promise<{ release(): void }> {
  const folder = embeddedFolder(home);
  if (databaseUrl || !existsSync(folder)) return { release: () => {} };
  if (await isServed(home))
    throw new GeoCropError('conflict', `a platform runs on ${home}; stop it first, then restore`);
  return takePidLock(join(folder, 'lock'), `the database in ${folder}`);
}

async function refuseNonEmpty(home: string, settings: KeepSettings, archive: Archive): Promise<void> {
  const mayStay = archive.manifest.scope === 'database' ? ['objects', 'baselines', 'models'] : [];
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
  const needed = ['objects', 'baselines', 'models', 'database']
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

async function removeLeftovers(home: string): Promise<void> {
  const names = (await readdir(home)).filter((name) => /^\.restore-[0-9a-f-]{36}$/.test(name));
  for (const name of names) await rm(join(home, name), { recursive: true, force: true });
}

async function replaceAll(archive: Archive, options: RestoreOptions): Promise<Restored> {
  const { settings, note = () => {}, onObject = () => {}, signal } = options;
  const { home, databaseUrl } = settings;
  const name = `.restore-${randomUUID()}`;
  const staging = join(home, name);
  await mkdir(staging, { mode: 0o700 });
  let staged: Awaited<ReturnType<typeof stageSchema>> | null = null;
  try {
    const targets = await objectTargets(settings, staging);
    for (const folder of targets.folders) if (archive.manifest.scope === 'all') await mkdir(join(staging, folder));
    await restoreObjects(archive, targets, onObject, signal);
    await restoreFiles(archive, staging);
    note('reading the rows into the database ...');
    const isThere = presence(archive, settings);
    if (databaseUrl) {
      staged = await stageSchema(databaseUrl);
      await fill(staged.db, archive, isThere).finally(() => staged!.db.destroy());
    } else await fillEmbedded(join(staging, 'database'), archive, isThere);
    signal?.throwIfAborted();
    const replaced = await putInPlace(home, name, staged?.name ?? null, databaseUrl);
    const schema = databaseUrl ? null : await newestSchema();
    await writeHomeVersions(home, { home: homeLayout, schema, product: options.product });
    const objects = ['objects', 'baselines', 'models'].reduce((sum, folder) => sum + archive.under(folder).length, 0);
    return { manifest: archive.manifest, objects, replaced };
  } catch (error) {
    // Once a journal names them, folder and schema belong to whoever completes the restore.
    if (isReplacing(home)) throw error;
    await staged?.drop().catch(() => {});
    await rm(staging, { recursive: true, force: true });
    throw error;
  }
}

async function restoreFiles(archive: Archive, staging: string): Promise<void> {
  for (const { name } of archive.under('home')) {
    if (!isHomeFile(name)) throw new Error(`the archive holds home/${name}, which belongs to no home`);
    await writeFile(join(staging, name), await archive.read(`home/${name}`), { mode: 0o600, flag: 'wx' });
  }
}

/** What is kept in buckets, or stays in its folder, is there as well as what the archive brings. */
function presence(archive: Archive, settings: KeepSettings): IsThere {
  const staysInPlace = settings.objects !== null || archive.manifest.scope === 'database';
  const store = staysInPlace ? openStore(settings, 'results') : null;
  return async (key) => archive.has(`objects/${key}`) || (store !== null && (await (await store).size(key)) !== null);
}

async function fill(db: Database, archive: Archive, isThere: IsThere): Promise<void> {
  await loadDatabase(db, archive);
  await mendRows(db, isThere);
}

async function fillEmbedded(folder: string, archive: Archive, isThere: IsThere): Promise<void> {
  // In the system's folder, for the name of a socket must be short.
  const socketFolder = await mkdtemp(join(tmpdir(), 'geocrop-restore-'));
  try {
    const embedded = await openEmbeddedDatabase({ folder, socketFolder });
    const db = openDatabase({ url: embedded.url }, { maxConnections: 1, statementTimeoutMs: 0 });
    try {
      await fill(db, archive, isThere);
    } finally {
      await db.destroy();
      await embedded.close();
    }
  } finally {
    await rm(socketFolder, { recursive: true, force: true });
  }
}

async function putInPlace(
  home: string,
  staging: string,
  schema: string | null,
  databaseUrl: string | undefined,
): Promise<string | null> {
  const names = await readdir(join(home, staging));
  const wasThere = names.some((name) => existsSync(join(home, name)));
  const replaced = `replaced-${new Date().toISOString().replace(/[-:]|\.\d+/g, '')}`;
  const free = existsSync(join(home, replaced)) ? `${replaced}-${Date.now()}` : replaced;
  await beginReplacing(home, { staging, replaced: free, entries: names, schema });
  await finishReplacing(home, databaseUrl);
  if (wasThere) return join(home, free);
  await rm(join(home, free), { recursive: true, force: true });
  return null;
}
