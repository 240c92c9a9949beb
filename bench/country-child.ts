import { openDatabase } from '#shared/db/database.ts';
import { submitJob } from '#shared/db/submit-job.ts';
import { databaseQueue } from '#shared/queue/database-queue.ts';
import { defaultQuotas, submission } from '#shared/testing/job-fixtures.ts';
import { computeCountry, planCountry, stitchCountry, type CountryWorld } from './country-job.ts';
import { quickStore } from './country-parts.ts';
import type { JobCost, JobOrder } from './country.ts';

/** One job of the country bench, in a process of its own, so that its memory is nobody else's. */
async function runOrder({ url, folder, owner, chunks, seed }: JobOrder): Promise<JobCost> {
  const db = openDatabase({ url });
  try {
    return await runJob({ db, queue: databaseQueue(db), store: quickStore(folder) }, owner, chunks, seed);
  } finally {
    await db.destroy();
  }
}

async function runJob(world: CountryWorld, owner: string, chunks: number, seed: number): Promise<JobCost> {
  const seconds = { plan: 0, compute: 0, stitch: 0 };
  const peaks = { plan: 0, compute: 0, stitch: 0 };
  const cpu = process.cpuUsage();
  const measured = async <T>(step: keyof typeof seconds, work: () => Promise<T>): Promise<T> => {
    const look = () => (peaks[step] = Math.max(peaks[step], process.memoryUsage.rss()));
    const watch = setInterval(look, 20);
    const begun = performance.now();
    const done = await work();
    seconds[step] = (performance.now() - begun) / 1000;
    clearInterval(watch);
    look();
    return done;
  };
  const { job } = await submitJob(world.db, submission(owner), defaultQuotas);
  await measured('plan', () => planCountry(world, job, chunks, seed));
  const tenths = await measured('compute', () => computeCountry(world, chunks));
  await measured('stitch', () => stitchCountry(world, job));
  const { user, system } = process.cpuUsage(cpu);
  return { seconds, peaks, tenths, cpu: (user + system) / 1e6 };
}

process.stdout.write(JSON.stringify(await runOrder(JSON.parse(process.argv[2]) as JobOrder)));
