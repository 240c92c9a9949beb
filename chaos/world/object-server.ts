import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { PlatformSettings } from '#shared/config/platform-settings.ts';
import { openStore } from '#shared/storage/open-store.ts';
import type { ObjectStore } from '#shared/storage/object-store.ts';
import { prepareServers } from '../../services/prepare-servers.ts';
import { startS3Server, type S3Server } from '../../services/s3-server.ts';
import { freePort } from '../../services/server-process.ts';
import type { ChaosIo } from '../promise.ts';

const credentials = { accessKeyId: 'chaos', secretAccessKey: 'only-on-the-loopback' };

/** An S3 server with the platform's buckets, to be put into trouble. */
export interface ObjectServer {
  port: number;
  store: ObjectStore;
  /** What a process needs in its environment to ask it on this port. */
  env(port: number): Record<string, string>;
  /** Ends it without a word; it is back, with its data, when `restart` resolves. */
  kill(): Promise<void>;
  restart(): Promise<void>;
  close(): Promise<void>;
}

export async function openObjectServer(io: ChaosIo): Promise<ObjectServer> {
  const kind = io.services.minio ? 'minio' : 'versitygw';
  const program = io.services[kind];
  if (!program) throw new Error('neither MinIO nor versitygw is on this machine; get it by npm run services:get');
  const folder = join(io.folder, 's3');
  mkdirSync(folder, { recursive: true });
  const port = await freePort();
  const start = () => startS3Server(kind, program, { folder, port, credentials });
  let server: S3Server = await start();
  const objects = (at: number): NonNullable<PlatformSettings['objects']> => ({
    ...server.settings,
    endpoint: `http://127.0.0.1:${at}`,
    bucketPrefix: 'geocrop',
  });
  await prepareServers({ objects: objects(port), sqs: null });
  return {
    port,
    store: await openStore({ home: io.folder, objects: objects(port) }, 'results'),
    env: (at) => ({
      GEOCROP_OBJECTS_S3_ENDPOINT: objects(at).endpoint,
      GEOCROP_OBJECTS_S3_ACCESS_KEY: credentials.accessKeyId,
      GEOCROP_OBJECTS_S3_SECRET_KEY: credentials.secretAccessKey,
    }),
    kill: () => server.kill(),
    async restart() {
      server = await start();
    },
    close: () => server.stop(),
  };
}
