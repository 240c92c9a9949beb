import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { PlatformSettings } from '#shared/config/platform-settings.ts';
import { GeoCropError } from '#shared/domain/errors.ts';
import { serviceCredentials } from './credentials.ts';
import { findServices } from './find-services.ts';
import { startPostgres } from './postgres-server.ts';
import { prepareServers } from './prepare-servers.ts';
import { startS3Server } from './s3-server.ts';
import { freePort, type ServerProcess } from './server-process.ts';
import { startElasticMq } from './sqs-server.ts';

export interface ServicePorts {
  postgresql: number;
  s3: number;
  sqs: number;
}

export const defaultPorts: ServicePorts = { postgresql: 5433, s3: 9000, sqs: 9324 };

export interface Services {
  databaseUrl: string;
  objects: NonNullable<PlatformSettings['objects']>;
  sqs: NonNullable<PlatformSettings['sqs']>;
  /** Fulfilled with the name of a server that ends by itself. */
  lost: Promise<string>;
  close(): Promise<void>;
}

/** Starts PostgreSQL, an S3 server and an SQS server with their data in a folder; each is really ready. */
export async function openServices(
  folder: string,
  cache: string,
  ports: ServicePorts,
  note: (text: string) => void,
): Promise<Services> {
  const found = findServices(cache);
  const kind = found.minio ? 'minio' : 'versitygw';
  const program = found[kind];
  if (!program || !found.elasticmq)
    throw missing(`${program ? 'ElasticMQ' : 'neither MinIO nor versitygw'} is not on this machine`);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const credentials = await serviceCredentials(join(folder, 'credentials.json'));
  await Promise.all(Object.entries(ports).map(([name, port]) => refuseTaken(name, port)));
  const processes: ServerProcess[] = [];
  const close = async () => {
    await Promise.all(processes.splice(0).map((server) => server.stop()));
  };
  const opened = async <T extends ServerProcess>(starting: Promise<T>): Promise<T> => {
    const server = await starting;
    processes.push(server);
    return server;
  };
  try {
    const elasticmq = { folder: join(folder, 'elasticmq'), port: ports.sqs };
    const s3Options = { folder: join(folder, kind), port: ports.s3, credentials: credentials.s3 };
    note(`starting PostgreSQL, ${kind} and ElasticMQ ...`);
    const starting = [
      opened(startPostgres(join(folder, 'postgresql'), ports.postgresql, credentials.postgresPassword)),
      opened(startS3Server(kind, program, s3Options)),
      opened(startElasticMq(found.elasticmq, elasticmq)),
    ] as const;
    // None is left behind on its way where another fails.
    await Promise.allSettled(starting);
    const [postgres, s3, sqs] = await Promise.all(starting);
    const objects = { ...s3.settings, bucketPrefix: 'geocrop' };
    for (const what of await prepareServers({ objects, sqs: sqs.settings })) note(`${what} is there`);
    return { databaseUrl: postgres.url, objects, sqs: sqs.settings, lost: firstLost(processes), close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Where the list is empty, they were asked to end. */
function firstLost(processes: readonly ServerProcess[]): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  for (const { name, ended } of processes) void ended.then(() => processes.length > 0 && resolve(name));
  return promise;
}

const missing = (what: string) => new GeoCropError('setup-missing', `${what}; get it by npm run services:get`);

async function refuseTaken(name: string, port: number): Promise<void> {
  await freePort(port).catch((cause) => {
    throw new GeoCropError(
      'setup-missing',
      `the port ${port} of ${name} cannot be had (${cause.code}); stop what listens there, or name another by --${name}-port`,
      { cause },
    );
  });
}
