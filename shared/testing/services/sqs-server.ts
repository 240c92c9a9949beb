import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe } from 'vitest';
import { freePort } from '../../../services/server-process.ts';
import { startElasticMq, type SqsServerProcess } from '../../../services/sqs-server.ts';
import { versions } from '../../../services/versions.ts';
import { openSqsServer, type SqsServer } from '#shared/queue/sqs-client.ts';
import { ensureSqsQueue } from '#shared/queue/sqs-ensure-queue.ts';
import { servicesHere, tellOfMissing } from './service-cache.ts';

/** A server of a suite's own. */
export interface LentSqs {
  process: () => SqsServerProcess;
  sqs: () => SqsServer;
  /** An empty queue with its dead-letter queue. */
  newQueue: () => Promise<string>;
  /** Ends the server without a word and starts it again with its data. */
  killAndRestart: () => Promise<void>;
}

const startMs = 60_000;

/** Runs a suite on ElasticMQ where it is on this machine. */
export function onSqsServer(suite: (lent: LentSqs) => void): void {
  const name = `on ElasticMQ ${versions.elasticmq}`;
  const { elasticmq } = servicesHere();
  if (elasticmq) describe(name, () => suite(lendSqs(elasticmq)));
  else describe(name, () => tellOfMissing('ElasticMQ and java'));
}

/** Starts a server before the suite and ends it after. */
export function lendSqs(elasticmq: { java: string; jars: string }): LentSqs {
  const folder = mkdtempSync(join(tmpdir(), 'geocrop-elasticmq-'));
  let server: SqsServerProcess | undefined;
  let sqs: SqsServer | undefined;
  let port = 0;
  beforeAll(async () => {
    port = await freePort();
    server = await startElasticMq(elasticmq, { folder, port });
    sqs = openSqsServer(server.settings);
  }, startMs);
  afterAll(async () => {
    await server?.stop();
    rmSync(folder, { recursive: true, force: true });
  }, startMs);
  const there = <T>(value: T | undefined): T => {
    if (value !== undefined) return value;
    throw new Error('a server is there from beforeAll on');
  };
  return {
    process: () => there(server),
    sqs: () => there(sqs),
    async newQueue() {
      const name = `test-${randomUUID()}`;
      await ensureSqsQueue(there(sqs), name);
      return name;
    },
    async killAndRestart() {
      await there(server).kill();
      server = await startElasticMq(elasticmq, { folder, port });
    },
  };
}
