import { randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { madeSeason } from '#shared/testing/made-season.ts';
import { clusterUrl, postgresInstalled, startCluster, type Cluster } from '#shared/testing/postgres-cluster.ts';
import { makePostgresTemplate, migratedTemplate } from '#shared/testing/postgres-templates.ts';
import { findServices } from '../services/find-services.ts';
import type { ChaosIo } from './promise.ts';
import { randomNumbers } from '#shared/testing/random-numbers.ts';

/** Everything that trials share; servers start when the first one asks for them. */
export interface OpenedIo {
  ioOf(name: string): ChaosIo;
  close(): Promise<void>;
}

export function openIo(seed: number, say: (text: string) => void, cache: string): OpenedIo {
  // In the system's folder, for the name of a socket must be short.
  const root = mkdtempSync(join(tmpdir(), 'geocrop-chaos-'));
  let cluster: Promise<Cluster> | undefined;
  const newDatabase = async () => createDatabase((await (cluster ??= clusterWithTemplate())).folder);
  return {
    ioOf(name) {
      const folder = join(root, name);
      mkdirSync(folder);
      return {
        folder,
        random: randomNumbers(seed),
        say: (text) => say(`${name}: ${text}`),
        newDatabase,
        services: findServices(cache),
        season: async () => (await madeSeason(3, 2, 10)).out,
      };
    },
    async close() {
      await cluster?.then((started) => started.close());
      rmSync(root, { recursive: true, force: true });
    },
  };
}

async function clusterWithTemplate(): Promise<Cluster> {
  if (!postgresInstalled()) throw new Error('this needs the Debian packages postgresql-15 and postgresql-15-postgis-3');
  const cluster = await startCluster();
  await makePostgresTemplate(cluster.folder);
  return cluster;
}

async function createDatabase(folder: string): Promise<string> {
  const name = `chaos_${randomUUID().replaceAll('-', '')}`;
  const client = new pg.Client(clusterUrl(folder, 'postgres'));
  await client.connect();
  try {
    await client.query(`CREATE DATABASE ${name} TEMPLATE ${migratedTemplate} STRATEGY file_copy`);
  } finally {
    await client.end();
  }
  return clusterUrl(folder, name);
}
