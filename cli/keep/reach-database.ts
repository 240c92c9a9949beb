import { existsSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import type { PlatformSettings } from '#shared/config/platform-settings.ts';
import { openDatabase, type Database, type DatabaseOptions } from '#shared/db/database.ts';
import { openEmbeddedDatabase } from '#shared/db/embedded/open-embedded-database.ts';
import { socketPathIn, socketPort } from '#shared/db/embedded/socket-address.ts';
import { GeoCropError } from '#shared/domain/errors.ts';

/** The database of a deployment, as a command beside the platform finds it. */
export interface ReachedDatabase {
  db: Database;
  kind: 'embedded' | 'server';
  /** Of an embedded database: whether a platform has it open; of a server nobody can say. */
  isServed: boolean;
  close(): Promise<void>;
}

type Place = Pick<PlatformSettings, 'home' | 'databaseUrl'>;

export const embeddedFolder = (home: string): string => join(home, 'database');
const socketFolder = (home: string): string => join(home, 'run', 'database');

/** Whether a home has an embedded database. */
export const hasEmbeddedDatabase = (home: string): boolean =>
  existsSync(join(embeddedFolder(home), 'data', 'PG_VERSION'));

/** Whether a platform serves the home's embedded database now. */
export function isServed(home: string): Promise<boolean> {
  const path = socketPathIn(socketFolder(home));
  return new Promise((resolve) => {
    const socket = connect(path, () => resolve(true)).on('error', () => resolve(false));
    socket.on('connect', () => socket.destroy());
  });
}

/**
 * Opens a server's database, that of a running platform by its socket, or, where nothing runs, the files themselves.
 *
 * @throws GeoCropError `not-found` where the home holds no database
 */
export async function reachDatabase(place: Place, options: DatabaseOptions = {}): Promise<ReachedDatabase> {
  const { home, databaseUrl } = place;
  const settings = { maxConnections: 2, applicationName: 'geocrop-keep', ...options };
  if (databaseUrl) return reached(databaseUrl, 'server', true, settings);
  if (!hasEmbeddedDatabase(home))
    throw new GeoCropError(
      'not-found',
      `${home} holds no database; set GEOCROP_HOME to the home of a platform, or DATABASE_URL to its server`,
      { field: 'GEOCROP_HOME' },
    );
  if (await isServed(home)) return reached(embeddedUrl(home), 'embedded', true, settings);
  const embedded = await openEmbeddedDatabase({ folder: embeddedFolder(home), socketFolder: socketFolder(home) });
  return reached(embedded.url, 'embedded', false, settings, () => embedded.close());
}

const embeddedUrl = (home: string): string =>
  `postgresql://geocrop@localhost:${socketPort}/postgres?host=${encodeURIComponent(socketFolder(home))}`;

function reached(
  url: string,
  kind: ReachedDatabase['kind'],
  served: boolean,
  options: DatabaseOptions,
  closeFiles: () => Promise<void> = async () => {},
): ReachedDatabase {
  const db = openDatabase({ url }, options);
  return { db, kind, isServed: served, close: () => db.destroy().finally(closeFiles) };
}
