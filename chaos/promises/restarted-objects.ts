import { setTimeout as sleep } from 'node:timers/promises';
import type { ChaosPromise } from '../promise.ts';
import { openObjectServer } from '../world/object-server.ts';
import { openWorld } from '../world/open-world.ts';
import { runUnderRestarts } from '../world/run-under-restarts.ts';

/** Kills the object store under jobs, and starts it again. */
export const restartedObjects: ChaosPromise = {
  name: 'restarted-objects',
  needs: ['PostgreSQL', 'an S3 server'],
  goal: 40,
  least: 2,
  async run(attempts, io) {
    const objects = await openObjectServer(io);
    const world = await openWorld(io, { store: objects.store, env: objects.env(objects.port) });
    try {
      const { jobs, right } = await runUnderRestarts(attempts, world, io, async () => {
        await objects.kill();
        await sleep(4000 * io.random());
        await objects.restart();
      });
      const promise =
        'jobs whose object store was killed and restarted, resumed where they failed with the reason, have the bytes of undisturbed ones';
      return [{ promise, tried: jobs, kept: right, goal: Math.ceil(attempts / 4) }];
    } finally {
      await world.close();
      await objects.close();
    }
  },
};
