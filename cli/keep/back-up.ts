import { join } from 'node:path';
import type { PlatformSettings } from '#shared/config/platform-settings.ts';
import type { Product } from '#shared/config/product.ts';
import { directoryStore } from '#shared/storage/directory-store.ts';
import type { ObjectStore } from '#shared/storage/object-store.ts';
import { openStore } from '#shared/storage/open-store.ts';
import type { Database } from '#shared/db/database.ts';
import { archiveFormat, type DumpedTable, type Manifest } from './archive/manifest.ts';
import { writeArchive, type ArchiveSink } from './archive/write-archive.ts';
import { withRetentionHeld } from './backup-hold.ts';
import { dumpDatabase } from './database/dump-database.ts';
import { schemaVersion } from './database/tables.ts';
import { homeFiles } from './home-files.ts';
import { homeLayout } from './home-versions.ts';
import { isKept, isObjectKey, keptRows, type KeptRows } from './kept-keys.ts';
import type { ReachedDatabase } from './reach-database.ts';

export type KeepSettings = Pick<PlatformSettings, 'home' | 'databaseUrl' | 'signingKeyFile' | 'objects'>;

export interface BackUpOptions {
  settings: KeepSettings;
  database: Pick<ReachedDatabase, 'db' | 'kind'>;
  product: Product;
  scope: Manifest['scope'];
  withParts: boolean;
  onObject?: ((done: number, all: number) => void) | undefined;
  signal?: AbortSignal | undefined;
}

/** What a backup holds, for a person. */
export interface BackUpSummary {
  rows: number;
  objects: number;
  bytes: number;
  /** Files that have no name of an object, and were left out. */
  leftOut: string[];
}

/**
 * Writes one archive of everything that a deployment keeps, while it runs: the rows of one snapshot first, then the
 * objects that these rows speak of. Results never change once they are there, and nothing is removed meanwhile.
 */
export async function backUp(path: string, options: BackUpOptions): Promise<BackUpSummary> {
  const { settings, database, scope, withParts } = options;
  const summary: BackUpSummary = { rows: 0, objects: 0, bytes: 0, leftOut: [] };
  await withRetentionHeld(database.db, () =>
    writeArchive(path, async (sink) => {
      const { tables, schema, kept } = await snapshot(database.db, sink);
      summary.rows = tables.reduce((sum, { rows }) => sum + rows, 0);
      for (const { name, bytes } of await homeFiles(settings)) await sink.add(`home/${name}`, bytes);
      if (scope === 'all') await copyStores(sink, kept, options, summary);
      return {
        format: archiveFormat,
        scope,
        product: options.product,
        versions: { home: homeLayout, schema },
        created: new Date().toISOString(),
        from: { database: database.kind, objects: settings.objects ? 's3' : 'folder' },
        withParts: scope === 'all' && withParts,
        tables,
      };
    }),
  );
  return summary;
}

interface Snapshot {
  tables: DumpedTable[];
  schema: number;
  kept: KeptRows;
}

const snapshot = (db: Database, sink: ArchiveSink): Promise<Snapshot> =>
  db
    .transaction()
    .setIsolationLevel('repeatable read')
    .execute(async (trx) => ({
      schema: await schemaVersion(trx),
      kept: await keptRows(trx),
      tables: await dumpDatabase(trx, sink),
    }));

async function copyStores(sink: ArchiveSink, kept: KeptRows, options: BackUpOptions, summary: BackUpSummary) {
  const { settings, withParts } = options;
  const results = await openStore(settings, 'results');
  const baselines = await openStore(settings, 'baselines');
  const all = await Promise.all([
    keysOf(results, 'objects', (key) => isKept(key, kept, withParts)),
    keysOf(baselines, 'baselines', () => true),
    // Functions read models from the home, wherever objects lie.
    keysOf(directoryStore(join(settings.home, 'models')), 'models', () => true),
  ]);
  const objects = all.flat();
  for (const [at, { store, folder, key }] of objects.entries()) {
    options.signal?.throwIfAborted();
    if (!isObjectKey(key)) summary.leftOut.push(`${folder}/${key}`);
    else await copyObject(sink, store, folder, key, summary);
    options.onObject?.(at + 1, objects.length);
  }
}

const keysOf = async (store: ObjectStore, folder: string, wanted: (key: string) => boolean) =>
  (await store.list('')).filter(wanted).map((key) => ({ store, folder, key }));

const pieceBytes = 4 * 2 ** 20;

async function copyObject(sink: ArchiveSink, store: ObjectStore, folder: string, key: string, summary: BackUpSummary) {
  const size = await store.size(key);
  // A part that was given up since the snapshot: it is computed again when somebody needs it.
  if (size === null) return;
  await sink.addPieces(`${folder}/${key}`, size, piecesOf(store, key, size));
  summary.objects++;
  summary.bytes += size;
}

async function* piecesOf(store: ObjectStore, key: string, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < size; at += pieceBytes) yield await store.getRange(key, at, Math.min(pieceBytes, size - at));
}
