import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { retryJob } from '#shared/db/end-job.ts';
import type { Job } from '#shared/domain/job.ts';
import { jobsQueue } from '#shared/queue/work-messages.ts';
import { defaultQuotas } from '#shared/testing/job-fixtures.ts';
import { freePort } from '../../services/server-process.ts';
import type { ChaosIo, ChaosPromise } from '../promise.ts';
import { cornerArea, ended, mapHash, submit, undisturbed } from '../world/jobs.ts';
import { openObjectServer } from '../world/object-server.ts';
import { openWorld, type World } from '../world/open-world.ts';
import { serveFolder } from '../world/serve-folder.ts';
import { openTroubledWays, troubles, type TroubledWays } from '../world/troubled-way.ts';

const servers = ['source', 'objects'] as const;
/** Every so many rounds of all troubles the way is cut off altogether, until the job has failed or so long. */
const cutOffMs = 90_000;
const honest = ['source-unavailable', 'unavailable'];

/** Puts the ways to the source and to the object store into trouble while jobs run. */
export const troubledServers: ChaosPromise = {
  name: 'troubled-servers',
  needs: ['PostgreSQL', 'an S3 server', 'toxiproxy'],
  goal: 24,
  least: 4,
  async run(attempts, io) {
    const { world, ways, close } = await openTroubledWorld(io);
    let kept = 0;
    try {
      for (let tried = 0, area = 0; tried < attempts; area++) {
        if (area > 3 * attempts) throw new Error('there is no trouble on the way');
        const isKept = await isMappedRightly(tried, area, world, ways, io);
        // Where nothing was refused and no byte lost, nothing was tried.
        if (isKept === null) continue;
        tried++;
        if (isKept) kept++;
      }
    } finally {
      await close();
    }
    const promise =
      'source and object store answer 503, reset, stall, truncate: no wrong pixel, or a reason and a retry';
    return { promise, tried: attempts, kept };
  },
};

async function openTroubledWorld(io: ChaosIo): Promise<{ world: World; ways: TroubledWays; close(): Promise<void> }> {
  if (!io.services.toxiproxy)
    throw new Error('toxiproxy is not on this machine; get it by npm run services:get -- --chaos');
  const ways = await openTroubledWays(io.services.toxiproxy, io);
  const objects = await openObjectServer(io);
  const sourcePort = await freePort();
  const source = serveFolder(await io.season(), sourcePort);
  const host = `127.0.0.1:${await ways.to('source', sourcePort)}`;
  const world = await openWorld(io, {
    store: objects.store,
    // Trouble that lasts shall not take the test an hour.
    env: { ...objects.env(await ways.to('objects', objects.port)), GEOCROP_HTTP_TIMEOUT_S: '2' },
    source: { stac: `http://${host}/collection.json`, hosts: [host] },
  });
  const stopReconciling = world.keepReconciling();
  for (const name of ['score', 'infer', 'infer'] as const) world.start(name);
  const close = async () => {
    stopReconciling();
    await world.close();
    await ways.close();
    source.close();
    source.closeAllConnections();
    await objects.close();
  };
  return { world, ways, close };
}

async function isMappedRightly(n: number, area: number, world: World, ways: TroubledWays, io: ChaosIo) {
  const kind = troubles[n % troubles.length];
  // In a round of eight each trouble hits each server once; each third round cuts it off.
  const server = servers[(n + Math.floor(n / troubles.length)) % servers.length];
  const isCutOff = Math.floor(n / 8) % 3 === 2;
  const what = `${server} ${kind}${isCutOff ? ', cut off' : ''}`;
  const trouble = () => ways.trouble(server, kind, isCutOff);
  const before = await ways.harm(server);
  if (!isCutOff) await trouble();
  const id = await submit(world, cornerArea(area));
  if (isCutOff) await sleep(1500 * io.random()).then(trouble);
  const job = await (isCutOff ? endOrPeace(world, ways, id) : ended(world, id));
  const harm = (await ways.harm(server)) - before;
  await ways.peace();
  io.say(
    `${n + 1}, ${what}, harm ${harm}: ${job.state}${job.error ? `, ${job.error.code}: ${job.error.message}` : ''}`,
  );
  if (harm === 0) return null;
  if (job.state !== 'successful' && !(await isResumed(world, job))) return false;
  mkdirSync(join(io.folder, String(area)));
  const [expected] = await undisturbed({ ...io, folder: join(io.folder, String(area)), say: () => {} }, [
    cornerArea(area),
  ]);
  return (await mapHash(world, id)) === expected;
}

/** Where trouble outlasts this long, it ends before the job does. */
async function endOrPeace(world: World, ways: TroubledWays, id: string): Promise<Job> {
  const over = new AbortController();
  const peace = sleep(cutOffMs, undefined, { signal: over.signal }).then(
    () => ways.peace(),
    () => {},
  );
  const job = await ended(world, id, 3 * cutOffMs);
  over.abort();
  await peace;
  return job;
}

/** It has failed by the right reason, and a retry finishes it. */
async function isResumed(world: World, job: Job): Promise<boolean> {
  if (job.state !== 'failed' || !honest.includes(job.error!.code) || job.error!.message.length < 20) return false;
  await retryJob(world.db, job.id, job.owner, defaultQuotas);
  await world.queue.send(jobsQueue, [{ step: 'plan', jobId: job.id }]);
  return (await ended(world, job.id)).state === 'successful';
}
