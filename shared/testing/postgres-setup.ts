import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { startCluster, type Cluster } from './postgres-cluster.ts';
import { embeddedTemplates, makePostgresTemplate } from './postgres-templates.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** Socket on which test files ask for databases. */
    databaseLender: string;
  }
}

/**
 * Once per run of the tests: stands ready to start PostgreSQL and to make the templates when the first test file asks
 * for them, so that runs without databases pay nothing; ends what was started.
 */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = mkdtempSync(join(tmpdir(), 'geocrop-lender-'));
  const socket = join(folder, 'lender');
  let cluster: Promise<Cluster> | undefined;
  let embedded: Promise<string> | undefined;
  const lenders: Record<string, () => Promise<string>> = {
    '/postgresql': async () => (await (cluster ??= clusterWithTemplate())).folder,
    '/embedded': () => (embedded ??= embeddedTemplates()),
  };
  const server = createServer((request, response) => void answer(lenders[request.url ?? ''], response));
  server.listen(socket);
  await once(server, 'listening');
  project.provide('databaseLender', socket);
  return async () => {
    server.close();
    server.closeAllConnections();
    await embedded?.catch(() => {});
    await cluster?.then(
      (started) => started.close(),
      () => {},
    );
    rmSync(folder, { recursive: true, force: true });
  };
}

async function clusterWithTemplate(): Promise<Cluster> {
  const cluster = await startCluster();
  try {
    await makePostgresTemplate(cluster.folder);
    return cluster;
  } catch (error) {
    await cluster.close();
    throw error;
  }
}

async function answer(lend: (() => Promise<string>) | undefined, response: ServerResponse): Promise<void> {
  try {
    if (!lend) throw new Error('no such kind of database');
    response.end(await lend());
  } catch (error) {
    response.statusCode = 500;
    response.end(error instanceof Error ? error.stack : String(error));
  }
}
