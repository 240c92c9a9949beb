import { createServer } from 'node:http';
import { livenessPath, readinessPath } from './health.ts';
import type { Logger } from './logger.ts';
import { onStop } from './on-stop.ts';

export interface ConsumerOptions {
  /** Works until its signal fires, then hands back what it holds. */
  run: (signal: AbortSignal) => Promise<void>;
  /** For the probes; 0: none are answered. */
  port: number;
  host: string;
  logger: Logger;
  cleanUp: () => Promise<void>;
}

/** Runs a queue's consumer as a process: answers probes, and on a signal stops receiving, hands back and cleans up. */
export async function runConsumer({ run, port, host, logger, cleanUp }: ConsumerOptions): Promise<void> {
  const stop = new AbortController();
  const forget = onStop((reason) => {
    logger.info('Consumer:Stop', { reason });
    stop.abort(new Error(reason));
  });
  const server = createServer((request, reply) => {
    const known = request.url === livenessPath || request.url === readinessPath;
    reply.writeHead(known ? 200 : 404).end();
  });
  if (port > 0) server.listen(port, host);
  logger.info('Consumer:Start');
  await run(stop.signal);
  forget();
  server.close();
  server.closeAllConnections();
  await cleanUp();
  logger.info('Consumer:End');
}
