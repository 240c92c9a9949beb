import { randomUUID } from 'node:crypto';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PlatformSettings } from '#shared/config/platform-settings.ts';
import { openDatabase, type Database } from '#shared/db/database.ts';
import { openEmbeddedDatabase, type EmbeddedDatabase } from '#shared/db/embedded/open-embedded-database.ts';
import { ensureS3Bucket } from '#shared/storage/s3-ensure-bucket.ts';
import { defaultS3Limits, openS3Client } from '#shared/storage/s3-client.ts';
import { bucketName, openStore } from '#shared/storage/open-store.ts';
import type { ObjectStore } from '#shared/storage/object-store.ts';
import { askLender, lendDatabase, type LentDatabase } from '#shared/testing/postgres-lender.ts';
import type { S3Server } from '../../../services/s3-server.ts';
import type { KeepSettings } from '../back-up.ts';

/** What a platform keeps everything in: folders, or servers and a few files. */
export interface TestDeployment {
  settings: KeepSettings;
  store: ObjectStore;
  /** Another pool than those of functions, which a restore refuses to disturb. */
  open(): Database;
  /** As a platform that is started: serves the embedded database; nothing for a server. */
  serve(): Promise<void>;
  stop(): Promise<void>;
  /** Everything is gone, as after a fire. */
  destroy(): Promise<void>;
  close(): Promise<void>;
}

const socketUrl = (home: string) =>
  `postgresql://geocrop@localhost:5432/postgres?host=${encodeURIComponent(join(home, 'run', 'database'))}`;

function testHome(): string {
  const home = mkdtempSync(join(tmpdir(), 'geocrop-keep-'));
  writeFileSync(join(home, 'signing-key.json'), `{"key":"${randomUUID()}"}`, { mode: 0o600 });
  mkdirSync(join(home, 'models', 'mine'), { recursive: true });
  writeFileSync(join(home, 'models', 'mine', 'model.json'), '{}');
  return home;
}

export async function folderDeployment(template: 'migrated' | 'nothing' = 'migrated'): Promise<TestDeployment> {
  const home = testHome();
  if (template === 'migrated')
    cpSync(join(await askLender('embedded'), 'migrated'), join(home, 'database'), { recursive: true });
  else rmSync(home, { recursive: true });
  const settings: KeepSettings = { ...common(home), databaseUrl: undefined, objects: null };
  let served: EmbeddedDatabase | null = null;
  const opened: Database[] = [];
  const stop = async () => {
    await Promise.all(opened.splice(0).map((db) => db.destroy()));
    await served?.close();
    served = null;
  };
  return {
    settings,
    store: await openStore(settings, 'results'),
    open() {
      const db = openDatabase({ url: socketUrl(home) });
      opened.push(db);
      return db;
    },
    async serve() {
      const socketFolder = join(home, 'run', 'database');
      served = await openEmbeddedDatabase({ folder: join(home, 'database'), socketFolder });
    },
    stop,
    async destroy() {
      await stop();
      rmSync(home, { recursive: true, force: true });
    },
    async close() {
      await stop();
      rmSync(home, { recursive: true, force: true });
    },
  };
}

export async function serverDeployment(s3: S3Server, empty = false): Promise<TestDeployment> {
  const home = testHome();
  if (empty) rmSync(home, { recursive: true });
  let lent: LentDatabase = await lendDatabase('postgresql', empty);
  const bucketPrefix = `keep-${randomUUID().slice(0, 8)}`;
  const objects: PlatformSettings['objects'] = { ...s3.settings, bucketPrefix };
  for (const name of ['results', 'baselines'] as const)
    await ensureS3Bucket({
      client: openS3Client(objects),
      endpoint: objects.endpoint,
      bucket: bucketName(bucketPrefix, name),
      limits: defaultS3Limits,
    });
  const settings: KeepSettings = { ...common(home), databaseUrl: lent.url, objects };
  const store = await openStore(settings, 'results');
  const opened: Database[] = [];
  const stop = async () => void (await Promise.all(opened.splice(0).map((db) => db.destroy())));
  return {
    settings,
    store,
    open() {
      const db = openDatabase({ url: lent.url });
      opened.push(db);
      return db;
    },
    serve: async () => {},
    stop,
    async destroy() {
      await stop();
      await lent.close();
      for (const key of await store.list('')) await store.delete(key);
      rmSync(home, { recursive: true, force: true });
      lent = await lendDatabase('postgresql', true);
      settings.databaseUrl = lent.url;
    },
    async close() {
      await stop();
      await lent.close();
      rmSync(home, { recursive: true, force: true });
    },
  };
}

const common = (home: string) => ({ home, signingKeyFile: join(home, 'signing-key.json') });
