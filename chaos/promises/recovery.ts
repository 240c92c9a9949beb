import { findJob } from '#shared/db/job-row.ts';
import type { ChaosPromise } from '../promise.ts';
import { until } from '../until.ts';
import { ended, partArea, submit } from '../world/jobs.ts';
import { openWorld, type World } from '../world/open-world.ts';
import { heldPart, msUntilTaken } from '../world/recovery.ts';

/** Long beside what starting and asking take on a busy machine. */
const leaseSeconds = 5;

/** Kills the worker of a part while others stand idle, and takes the time until one of them has it. */
export const recovery: ChaosPromise = {
  name: 'recovery',
  needs: ['PostgreSQL'],
  goal: 20,
  async run(attempts, io) {
    const world = await openWorld(io, { env: { GEOCROP_LEASE_S: String(leaseSeconds) } });
    const stopReconciling = world.keepReconciling();
    const times: number[] = [];
    try {
      for (let n = 0; n < 2; n++) world.start('infer');
      world.start('score');
      while (times.length < attempts) {
        const ms = await killHolder(world, times.length);
        if (ms === null) continue;
        times.push(ms);
        io.say(`${times.length} of ${attempts}: ${(ms / 1000).toFixed(1)} s`);
      }
    } finally {
      stopReconciling();
      await world.close();
    }
    return {
      promise: `the part of a killed worker is with another within 2 leases (${leaseSeconds} s each)`,
      tried: attempts,
      kept: times.filter((ms) => ms <= 2000 * leaseSeconds).length,
    };
  },
};

/** Null where the worker was faster than the kill. */
async function killHolder(world: World, n: number): Promise<number | null> {
  const id = await submit(world, partArea(n));
  const { work, part } = await until(
    'a worker with a part, or the end',
    async () => {
      for (const work of world.processes) {
        const part = await heldPart(world.db, work.worker);
        if (part) return { work, part };
      }
      return { work: null, part: null, state: (await findJob(world.db, id, null))!.state };
    },
    (found) => found.part !== null || found.state === 'successful',
    { everyMs: 5 },
  );
  if (!part) return null;
  await world.kill(work);
  const ms = await msUntilTaken(world.db, part, 30_000);
  world.start('infer');
  const { state } = await ended(world, id);
  if (state !== 'successful') throw new Error(`the job of a killed worker ended as ${state}`);
  return ms === Infinity ? null : ms;
}
