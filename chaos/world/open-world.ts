import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openDatabase } from '#shared/db/database.ts';
import { createApp } from '#shared/http/create-app.ts';
import { createLogger } from '#shared/http/logger.ts';
import { databaseQueue } from '#shared/queue/database-queue.ts';
import { directoryStore } from '#shared/storage/directory-store.ts';
import type { ObjectStore } from '#shared/storage/object-store.ts';
import type { BackEnds } from '#shared/testing/services/map-in-process.ts';
import type { JobsDeps } from '../../functions/jobs/deps.ts';
import { addReconcile } from '../../functions/jobs/reconcile.ts';
import type { ChaosIo } from '../promise.ts';
import { endWork, startWork, type WorkName, type WorkProcess } from './work-process.ts';

export const leaseSeconds = 2;
export const maxTries = 5;

/** A deployment on PostgreSQL whose processes are there to be killed. */
export interface World extends BackEnds {
  /** Processes that live, or that nobody has replaced yet. */
  processes: Set<WorkProcess>;
  start(name: WorkName): WorkProcess;
  /** Ends a process without a word. */
  kill(work: WorkProcess): Promise<void>;
  /** Lets the reconciler run now, however short ago it last ran. */
  reconcile(): Promise<void>;
  /** Lets it run every second until the returned function is called. */
  keepReconciling(): () => void;
  close(): Promise<void>;
}

const models = fileURLToPath(new URL('../../shared/testing/fixtures/models', import.meta.url));

/** What a world has in place of a database of its own, its folder and the made season in another. */
export interface WorldOptions {
  databaseUrl?: string | undefined;
  /** Where parts and results lie, asked as directly as can be. */
  store?: ObjectStore | undefined;
  /** Of the processes, beside what they all have. */
  env?: Record<string, string> | undefined;
  source?: { stac: string; hosts: string[] } | undefined;
  /** What the command lines of processes begin with. */
  prefix?: readonly string[] | undefined;
}

export async function openWorld(io: ChaosIo, options: WorldOptions = {}): Promise<World> {
  const url = options.databaseUrl ?? (await io.newDatabase());
  const env = { ...(await environment(io, url, options.source)), ...options.env };
  const db = openDatabase({ url });
  const queue = databaseQueue(db);
  const store = options.store ?? directoryStore(join(env.GEOCROP_HOME, 'objects'));
  const processes = new Set<WorkProcess>();
  const reconcile = reconciler({ db, queue, store });
  const kill = async (work: WorkProcess) => {
    processes.delete(work);
    await endWork(work);
  };
  return {
    ...{ db, queue, store, processes, kill, reconcile },
    start(name) {
      const work = startWork(name, env, options.prefix);
      processes.add(work);
      return work;
    },
    keepReconciling() {
      const timer = setInterval(() => void reconcile().catch((error: Error) => io.say(error.message)), 1000);
      return () => clearInterval(timer);
    },
    async close() {
      await Promise.all([...processes].map(kill));
      await db.destroy();
    },
  };
}

async function environment(
  io: ChaosIo,
  url: string,
  source?: WorldOptions['source'],
): Promise<Record<'GEOCROP_HOME', string> & Record<string, string>> {
  const home = join(io.folder, 'home');
  mkdirSync(home, { recursive: true });
  cpSync(models, join(home, 'models'), { recursive: true });
  const sources = join(io.folder, 'sources.json');
  writeFileSync(
    sources,
    JSON.stringify([{ id: 'made', title: 'made', ...(source ?? { stac: await io.season(), hosts: [] }) }]),
  );
  return {
    DATABASE_URL: url,
    GEOCROP_HOME: home,
    GEOCROP_SOURCES: sources,
    GEOCROP_LEASE_S: String(leaseSeconds),
    GEOCROP_HEARTBEAT_S: '0.5',
    PORT: '0',
  };
}

function reconciler(ends: BackEnds): () => Promise<void> {
  const app = createApp({ name: 'jobs', version: 'chaos', logger: createLogger(() => undefined) });
  addReconcile(app, { ...ends, maxTries } as unknown as JobsDeps);
  return async () => {
    await ends.db.deleteFrom('schedules').where('name', '=', 'reconcile').execute();
    const reply = await app.request('/jobs/-/reconcile', { method: 'POST' });
    if (!reply.ok) throw new Error(`the reconciler answered ${reply.status}: ${await reply.text()}`);
  };
}
