import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDatabase, type Database } from '#shared/db/database.ts';
import { openEmbeddedDatabase } from '#shared/db/embedded/open-embedded-database.ts';
import { newestSchema } from '#shared/db/migrate.ts';
import { openStore } from '#shared/storage/open-store.ts';
import type { Archive } from './archive/open-archive.ts';
import type { KeepSettings } from './back-up.ts';
import { loadDatabase } from './database/load-database.ts';
import { mendRows, type IsThere } from './database/mend-rows.ts';
import { checkServer, dropSchema, stageSchema } from './database/stage-schema.ts';
import { isHomeFile } from './home-files.ts';
import { homeLayout, versionsFile, writeHomeVersions } from './home-versions.ts';
import type { RestoreOptions } from './restore.ts';
import { beginReplacing, finishReplacing, isReplacing } from './restore-journal.ts';
import { restoreOf, stagedSchemaName, stagingFolder, stagingForm } from './restore-names.ts';
import { dropObjects, objectTargets, restoreObjects } from './restore-objects.ts';

/**
 * Writes what an archive holds beside its place, then puts all of it there.
 *
 * @returns the folder with what was there before; null where nothing was
 */
export async function replaceAll(archive: Archive, options: RestoreOptions): Promise<string | null> {
  const { settings } = options;
  const restore = randomUUID();
  try {
    await stage(archive, restore, options);
    return await putInPlace(settings, restore, archive.manifest.created);
  } catch (error) {
    // Once a journal names it, what is staged belongs to whoever completes the restore.
    if (!isReplacing(settings.home)) await unstage(settings, restore).catch(() => {});
    throw error;
  }
}

/** Removes what restores into this home have left that came to no end. */
export async function removeLeftovers(settings: KeepSettings): Promise<void> {
  const names = (await readdir(settings.home)).filter((name) => stagingForm.test(name));
  for (const name of names) await unstage(settings, restoreOf(name));
}

async function unstage(settings: KeepSettings, restore: string): Promise<void> {
  if (settings.databaseUrl) await dropSchema(settings.databaseUrl, stagedSchemaName(restore));
  await dropObjects(settings, restore);
  // The folder last: by its name the others are found.
  await rm(join(settings.home, stagingFolder(restore)), { recursive: true, force: true });
}

async function stage(archive: Archive, restore: string, options: RestoreOptions): Promise<void> {
  const { settings, product, note = () => {}, onObject = () => {}, signal } = options;
  const staging = join(settings.home, stagingFolder(restore));
  await mkdir(staging, { mode: 0o700 });
  const targets = await objectTargets(settings, staging, restore);
  for (const folder of targets.folders) if (archive.manifest.scope === 'all') await mkdir(join(staging, folder));
  await restoreObjects(archive, targets, onObject, signal);
  await restoreFiles(archive, staging);
  const schema = settings.databaseUrl ? null : await newestSchema();
  await writeHomeVersions(staging, { home: homeLayout, schema, product });
  note('reading the rows into the database ...');
  const isThere = presence(archive, settings);
  if (settings.databaseUrl) await fillServer(settings.databaseUrl, stagedSchemaName(restore), archive, isThere);
  else await fillEmbedded(join(staging, 'database'), archive, isThere);
  signal?.throwIfAborted();
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

async function fillServer(url: string, schema: string, archive: Archive, isThere: IsThere): Promise<void> {
  const db = await stageSchema(url, schema);
  await fill(db, archive, isThere).finally(() => db.destroy());
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

async function putInPlace(settings: KeepSettings, restore: string, created: string): Promise<string | null> {
  const { home, databaseUrl, objects } = settings;
  const staging = stagingFolder(restore);
  const entries = await readdir(join(home, staging));
  const wasThere = entries.some((name) => name !== versionsFile && existsSync(join(home, name)));
  const replaced = `replaced-${new Date().toISOString().replace(/[-:]|\.\d+/g, '')}`;
  const free = existsSync(join(home, replaced)) ? `${replaced}-${Date.now()}` : replaced;
  // Reading the archive took its time: somebody may have started a platform since.
  if (databaseUrl) await checkServer(databaseUrl, true);
  await beginReplacing(home, {
    staging,
    replaced: free,
    entries,
    schema: databaseUrl ? stagedSchemaName(restore) : null,
    objects: objects && { endpoint: objects.endpoint, bucketPrefix: objects.bucketPrefix },
    created,
  });
  await finishReplacing(settings);
  if (wasThere) return join(home, free);
  await rm(join(home, free), { recursive: true, force: true });
  return null;
}
