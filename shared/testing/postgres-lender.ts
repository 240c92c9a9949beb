import { randomUUID } from 'node:crypto';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import pg from 'pg';
import { inject } from 'vitest';
import type {} from './postgres-setup.ts';
import { openEmbeddedDatabase, type EmbeddedOptions } from '#shared/db/embedded/open-embedded-database.ts';
import { clusterUrl } from './postgres-cluster.ts';
import { migratedTemplate } from './postgres-templates.ts';

export type DatabaseName = 'embedded' | 'postgresql';

/** A database of one test file's own. */
export interface LentDatabase {
  url: string;
  close(): Promise<void>;
}

/** Gives a new database: with all migrations, or quite empty. */
export const lendDatabase = (name: DatabaseName, empty: boolean): Promise<LentDatabase> =>
  name === 'embedded' ? lendEmbedded(empty) : lendPostgres(empty);

/** An embedded database in this process, with what a test wants different. */
export async function lendEmbedded(empty: boolean, options: Partial<EmbeddedOptions> = {}): Promise<LentDatabase> {
  const templates = await askLender('embedded');
  // In the system's folder, for the name of a socket must be short.
  const folder = mkdtempSync(join(tmpdir(), 'geocrop-db-'));
  const home = join(folder, 'home');
  cpSync(join(templates, empty ? 'empty' : 'migrated'), home, { recursive: true });
  const embedded = await openEmbeddedDatabase({ ...options, folder: home, socketFolder: join(folder, 's') });
  return {
    url: embedded.url,
    close: () => embedded.close().finally(() => rmSync(folder, { recursive: true, force: true })),
  };
}

async function lendPostgres(empty: boolean): Promise<LentDatabase> {
  const folder = await askLender('postgresql');
  const database = `test_${randomUUID().replaceAll('-', '')}`;
  const template = empty ? 'template0' : migratedTemplate;
  await administer(folder, `CREATE DATABASE ${database} TEMPLATE ${template} STRATEGY file_copy`);
  return {
    url: clusterUrl(folder, database),
    close: () => administer(folder, `DROP DATABASE ${database} WITH (FORCE)`),
  };
}

async function administer(folder: string, sql: string): Promise<void> {
  const client = new pg.Client(clusterUrl(folder, 'postgres'));
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}

/** Asks the process of the whole run, which starts servers and makes templates once. */
export async function askLender(name: DatabaseName): Promise<string> {
  const socketPath = inject('databaseLender') as string | undefined;
  if (!socketPath) throw new Error("vitest's configuration must name shared/testing/postgres-setup.ts as globalSetup");
  const response = await new Promise<import('node:http').IncomingMessage>((resolve, reject) => {
    request({ socketPath, path: `/${name}` }, resolve)
      .on('error', reject)
      .end();
  });
  const body = await text(response);
  if (response.statusCode !== 200) throw new Error(`no ${name} database for the tests: ${body}`);
  return body;
}
