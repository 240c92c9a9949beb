import { join } from 'node:path';
import { openDatabase } from '#shared/db/database.ts';
import { databaseQueue } from '#shared/queue/database-queue.ts';
import type { Queue } from '#shared/queue/queue.ts';
import { directoryStore } from '#shared/storage/directory-store.ts';
import { mapInProcess, type BackEnds, type MadeMap } from '#shared/testing/services/map-in-process.ts';
import type { ChaosPromise } from '../promise.ts';
import { shuffled } from '#shared/testing/random-numbers.ts';
import { cornerArea, undisturbed } from '../world/jobs.ts';

const copies = 5;

/** Delivers every message five times, in no order; many come when their job is over. */
export const duplicates: ChaosPromise = {
  name: 'duplicates',
  needs: ['PostgreSQL'],
  goal: 10,
  async run(attempts, io) {
    const db = openDatabase({ url: await io.newDatabase() });
    const queue = disorderly(databaseQueue(db), io.random);
    const ends = { db, queue, store: directoryStore(join(io.folder, 'objects')) };
    const maps: MadeMap[] = [];
    try {
      // The last job is there to take what the others have left.
      for (let n = 0; n <= attempts; n++) {
        maps.push(await mapInProcess(ends, await io.season(), cornerArea(n)));
        io.say(`${n} of ${attempts} jobs`);
      }
      const areas = maps.slice(0, attempts).map((_, n) => cornerArea(n));
      const expected = await undisturbed(io, areas);
      const kept = await Promise.all(
        expected.map(async (sha256, n) => maps[n].sha256 === sha256 && (await isCommittedOnce(ends, maps[n]))),
      );
      const promise = `every message ${copies} times, shuffled: identical bytes, one commit of a part`;
      return { promise, tried: attempts, kept: kept.filter(Boolean).length };
    } finally {
      await db.destroy();
    }
  },
};

function disorderly(queue: Queue, random: () => number): Queue {
  return {
    ...queue,
    async send(name, bodies) {
      const all = shuffled(
        random,
        bodies.flatMap((body) => Array.from({ length: copies }, () => body)),
      );
      for (const body of all) await queue.send(name, [body], { delaySeconds: 3 * random() });
    },
  };
}

/** One plan, one end, every part told of once and begun as often as it was committed. */
async function isCommittedOnce({ db }: BackEnds, { job }: MadeMap): Promise<boolean> {
  const events = await db.selectFrom('events').select(['type', 'data']).where('job_id', '=', job.id).execute();
  const parts = events.filter(({ type }) => type === 'part').map(({ data }) => (data as { key: string }).key);
  const count = (wanted: string) => events.filter(({ type }) => type === wanted).length;
  const isEachOnce = parts.length === job.chunks && new Set(parts).size === parts.length;
  return job.state === 'successful' && isEachOnce && count('planned') === 1 && count('successful') === 1;
}
