import { join } from 'node:path';
import type { PlatformSettings } from '#shared/config/platform-settings.ts';
import type { Product } from '#shared/config/product.ts';
import { directoryStore } from '#shared/storage/directory-store.ts';
import { openStore } from '#shared/storage/open-store.ts';
import type { Database } from '#shared/db/database.ts';
import { archiveFormat, type DumpedTable, type Manifest } from './archive/manifest.ts';
import { writeArchive, type ArchiveSink } from './archive/write-archive.ts';
import { withRetentionHeld } from './backup-hold.ts';
import { copyObjects, type CopiedObjects } from './copy-objects.ts';
import { dumpDatabase } from './database/dump-database.ts';
import { schemaVersion } from './database/tables.ts';
import { homeFiles } from './home-files.ts';
import { homeLayout } from './home-versions.ts';
import { isKept, keptRows, type KeptRows } from './kept-keys.ts';
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
export interface BackUpSummary extends CopiedObjects {
  rows: number;
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
      const { tables, schema, kept } = await snapshot(database.db, sink, withParts);
      summary.rows = tables.reduce((sum, { rows }) => sum + rows, 0);
      for (const { name, bytes } of await homeFiles(settings)) await sink.add(`home/${name}`, bytes);
      if (scope === 'all') Object.assign(summary, await copyStores(sink, kept, options));
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

const snapshot = (db: Database, sink: ArchiveSink, withParts: boolean): Promise<Snapshot> =>
  db
    .transaction()
    .setIsolationLevel('repeatable read')
    .execute(async (trx) => ({
      schema: await schemaVersion(trx),
      kept: await keptRows(trx, withParts),
      tables: await dumpDatabase(trx, sink),
    }));

async function copyStores(
  sink: ArchiveSink,
  kept: KeptRows,
  { settings, withParts, onObject, signal }: BackUpOptions,
): Promise<CopiedObjects> {
  const results = await openStore(settings, 'results');
  const baselines = await openStore(settings, 'baselines');
  // Functions read models from the home, wherever objects lie.
  const models = directoryStore(join(settings.home, 'models'));
  const stores = [
    { store: results, folder: 'objects', isWanted: (key: string) => isKept(key, kept, withParts) },
    { store: baselines, folder: 'baselines', isWanted: () => true },
    { store: models, folder: 'models', isWanted: () => true },
  ];
  return copyObjects(sink, stores, { onObject, signal });
}
