import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { jobsQueue, chunksQueue } from '#shared/queue/work-messages.ts';
import { openSqsServer, type SqsSettings } from '#shared/queue/sqs-client.ts';
import { sqsQueue } from '#shared/queue/sqs-queue.ts';
import { startServer, type ServerProcess } from './server-process.ts';

export interface SqsServerProcess extends ServerProcess {
  settings: SqsSettings;
}

const configuration = fileURLToPath(new URL('elasticmq/elasticmq.conf', import.meta.url));
const machine = ['-Xmx256m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'];

/** Starts ElasticMQ on the loopback; it is ready when its queues answer, which is later than its port. */
export async function startElasticMq(
  { java, jars }: { java: string; jars: string },
  { folder, port }: { folder: string; port: number },
): Promise<SqsServerProcess> {
  mkdirSync(join(folder, 'data'), { recursive: true });
  const settings: SqsSettings = {
    endpoint: `http://127.0.0.1:${port}`,
    region: 'us-east-1',
    credentials: { accessKeyId: 'anyone', secretAccessKey: 'anyone' },
    queuePrefix: '',
  };
  const sqs = openSqsServer(settings);
  const queue = sqsQueue(sqs);
  const properties = {
    'config.file': configuration,
    'rest-sqs.bind-hostname': '127.0.0.1',
    'rest-sqs.bind-port': port,
  };
  const server = await startServer({
    name: 'elasticmq',
    command: java,
    args: [
      ...machine,
      ...Object.entries(properties).map(([name, value]) => `-D${name}=${value}`),
      '-cp',
      join(jars, '*'),
      'org.elasticmq.server.Main',
    ],
    cwd: folder,
    log: join(folder, 'log'),
    isReady: () => Promise.all([jobsQueue, chunksQueue].map((name) => queue.counts(name))),
  });
  sqs.client.destroy();
  return { ...server, settings };
}
