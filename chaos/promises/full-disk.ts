import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { retryJob } from '#shared/db/end-job.ts';
import { jobsQueue } from '#shared/queue/work-messages.ts';
import { directoryStore } from '#shared/storage/directory-store.ts';
import { defaultQuotas } from '#shared/testing/job-fixtures.ts';
import type { ChaosIo, ChaosPromise } from '../promise.ts';
import { until } from '../until.ts';
import { cornerArea, ended, mapHash, submit, undisturbed } from '../world/jobs.ts';
import { openWorld, type World } from '../world/open-world.ts';
import { openSmallDisk, type SmallDisk } from '../world/small-disk.ts';

const plenty = 2 ** 26;
/** Between nothing and about what a job of four parts leaves. */
const mostBytes = 24 * 1024;
/** Every so many jobs the disk stays full until the job has failed. */
const patience = 3;

/** Lets the disk of parts and results run full under jobs. */
export const fullDisk: ChaosPromise = {
  name: 'full-disk',
  needs: ['PostgreSQL', 'a mount namespace'],
  goal: 12,
  async run(attempts, io) {
    const objects = join(io.folder, 'home', 'objects');
    const disk = await openSmallDisk(objects);
    const world = await openWorld(io, { store: directoryStore(disk.outside), prefix: disk.prefix });
    const stopReconciling = world.keepReconciling();
    let kept = 0;
    try {
      for (const name of ['score', 'infer', 'infer'] as const) world.start(name);
      for (let n = 0, tried = 0; tried < attempts; n++) {
        const isKept = await isToldAndResumed(n, tried % patience === patience - 1, world, disk, io);
        // Where it was enough for the whole job, nothing was tried.
        if (isKept === null) continue;
        tried++;
        if (isKept) kept++;
      }
    } finally {
      stopReconciling();
      await world.close();
      await disk.close();
    }
    return { promise: 'a full disk: the job goes on by itself, or fails with the reason and can be resumed', tried: attempts, kept }; // prettier-ignore
  },
};

async function isToldAndResumed(n: number, isUntilFailed: boolean, world: World, disk: SmallDisk, io: ChaosIo) {
  await disk.leave(Math.floor(mostBytes * io.random()));
  const id = await submit(world, cornerArea(n));
  const began = [...world.processes].map(({ lines }) => lines.length);
  const isTold = () => [...world.processes].some(({ lines }, at) => lines.slice(began[at]).some((line) => /disk.*is full/.test(JSON.stringify(line)))); // prettier-ignore
  const job = () => world.db.selectFrom('jobs').select('state').where('id', '=', id).executeTakeFirstOrThrow();
  const { state } = await until('a word of the full disk', async () => ({ ...(await job()), told: isTold() }), (now) => now.told || now.state === 'successful'); // prettier-ignore
  if (!isTold() && state === 'successful') return null;
  const isResumed = await (isUntilFailed ? isRetried(id, world, disk, io) : goesOn(id, world, disk));
  io.say(`${id}: ${isUntilFailed ? 'failed and was resumed' : 'went on'}: ${isResumed}`);
  mkdirSync(join(io.folder, String(n)));
  const [expected] = await undisturbed({ ...io, folder: join(io.folder, String(n)), say: () => {} }, [cornerArea(n)]);
  return isResumed && (await mapHash(world, id)) === expected;
}

async function goesOn(id: string, world: World, disk: SmallDisk): Promise<boolean> {
  await disk.leave(plenty);
  return (await ended(world, id)).state === 'successful';
}

async function isRetried(id: string, world: World, disk: SmallDisk, io: ChaosIo): Promise<boolean> {
  const { state, error, owner } = await ended(world, id);
  await disk.leave(plenty);
  io.say(`${id}: ${state}, ${error?.code}: ${error?.message}`);
  if (state !== 'failed' || error?.code !== 'disk-full' || !error.message.includes('free some space')) return false;
  await retryJob(world.db, id, owner, defaultQuotas);
  await world.queue.send(jobsQueue, [{ step: 'plan', jobId: id }]);
  return (await ended(world, id)).state === 'successful';
}
