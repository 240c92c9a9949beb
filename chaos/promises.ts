import type { ChaosPromise } from './promise.ts';
import { brokenTiffs } from './promises/broken-tiffs.ts';
import { cancelledJobs } from './promises/cancelled-jobs.ts';
import { drainedFunctions } from './promises/drained-functions.ts';
import { duplicates } from './promises/duplicates.ts';
import { embeddedDatabase } from './promises/embedded-database.ts';
import { emptiedQueue } from './promises/emptied-queue.ts';
import { forgedTokens } from './promises/forged-tokens.ts';
import { fullDisk } from './promises/full-disk.ts';
import { fuzzedApi } from './promises/fuzzed-api.ts';
import { killedWorkers } from './promises/killed-workers.ts';
import { poisonChunk } from './promises/poison-chunk.ts';
import { recovery } from './promises/recovery.ts';
import { restartedDatabase } from './promises/restarted-database.ts';
import { restartedObjects } from './promises/restarted-objects.ts';
import { stoppedWorkers } from './promises/stopped-workers.ts';
import { troubledServers } from './promises/troubled-servers.ts';

/** In the order of the table. */
export const promises: readonly ChaosPromise[] = [
  killedWorkers,
  recovery,
  duplicates,
  stoppedWorkers,
  poisonChunk,
  emptiedQueue,
  embeddedDatabase,
  troubledServers,
  restartedDatabase,
  restartedObjects,
  fullDisk,
  drainedFunctions,
  cancelledJobs,
  brokenTiffs,
  fuzzedApi,
  forgedTokens,
];

/** Those that take servers into trouble; their tests run beside those of the others. */
export const ofServers: readonly string[] = [
  troubledServers,
  restartedDatabase,
  restartedObjects,
  fullDisk,
  drainedFunctions,
  fuzzedApi,
].map(({ name }) => name);
