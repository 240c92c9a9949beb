import { join } from 'node:path';
import pg from 'pg';
import { openEmbeddedDatabase } from '#shared/db/embedded/open-embedded-database.ts';
import { clusterUrl, startCluster } from '#shared/testing/postgres-cluster.ts';

export interface OpenedDatabase {
  url: string;
  /** Whether it runs in this process, so that its memory is this process's. */
  isHere: boolean;
  close(): Promise<void>;
}

/** The databases that keep the books of a country, each with a folder to itself. */
export const countryDatabases: Record<string, (folder: string) => Promise<OpenedDatabase>> = {
  async 'PostgreSQL 15'() {
    const cluster = await startCluster();
    const client = new pg.Client(clusterUrl(cluster.folder, 'postgres'));
    await client.connect();
    await client.query('CREATE DATABASE country');
    await client.end();
    return { url: clusterUrl(cluster.folder, 'country'), isHere: false, close: cluster.close };
  },
  async embedded(folder) {
    const embedded = await openEmbeddedDatabase({ folder: join(folder, 'db'), socketFolder: join(folder, 's') });
    return { url: embedded.url, isHere: true, close: () => embedded.close() };
  },
};
