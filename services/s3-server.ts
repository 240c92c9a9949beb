import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { ListBucketsCommand } from '@aws-sdk/client-s3';
import { openS3Client, type S3Settings } from '#shared/storage/s3-client.ts';
import type { S3Program } from './find-services.ts';
import { startServer, type ServerProcess } from './server-process.ts';

export interface S3ServerOptions {
  /** Keeps the data and the log. */
  folder: string;
  port: number;
  credentials: S3Settings['credentials'];
}

export interface S3Server extends ServerProcess {
  settings: S3Settings;
}

/** Starts MinIO or versitygw on the loopback; it is ready when it lists its buckets. */
export async function startS3Server(kind: S3Program, program: string, options: S3ServerOptions): Promise<S3Server> {
  const { folder, port, credentials } = options;
  const data = join(folder, 'data');
  mkdirSync(data, { recursive: true });
  const settings = { endpoint: `http://127.0.0.1:${port}`, region: 'us-east-1', credentials };
  const client = openS3Client(settings);
  const { args, env } = commands[kind](`127.0.0.1:${port}`, data, credentials);
  const server = await startServer({
    name: kind,
    command: program,
    args,
    env,
    cwd: folder,
    log: join(folder, 'log'),
    isReady: () => client.send(new ListBucketsCommand({})),
  });
  client.destroy();
  return { ...server, settings };
}

type Commands = (
  address: string,
  data: string,
  who: S3Settings['credentials'],
) => { args: string[]; env: Record<string, string> };

const commands: Record<S3Program, Commands> = {
  minio: (address, data, { accessKeyId, secretAccessKey }) => ({
    args: ['server', '--quiet', '--address', address, data],
    env: {
      MINIO_ROOT_USER: accessKeyId,
      MINIO_ROOT_PASSWORD: secretAccessKey,
      MINIO_BROWSER: 'off',
      MINIO_UPDATE: 'off',
      MINIO_PROMETHEUS_AUTH_TYPE: 'public',
    },
  }),
  versitygw: (address, data, { accessKeyId, secretAccessKey }) => ({
    args: ['--port', address, '--health', '/health', '--quiet', 'posix', data],
    env: { ROOT_ACCESS_KEY: accessKeyId, ROOT_SECRET_KEY: secretAccessKey },
  }),
};
