import { setTimeout as sleep } from 'node:timers/promises';
import type { ChaosIo, ChaosPromise, Row } from '../promise.ts';
import { pick } from '#shared/testing/random-numbers.ts';
import { cornerArea, ended, mapHash, submit, undisturbed } from '../world/jobs.ts';
import { maxTries, openWorld, type World } from '../world/open-world.ts';
import { heldPart, msUntilTaken, type HeldPart } from '../world/recovery.ts';
import type { WorkProcess } from '../world/work-process.ts';

const killsOfJob = 10;
/** So many jobs are submitted before the kills that are meant for them. */
const ahead = 2;
/** A part that is killed again and again waits behind the others each time. */
const mostMs = 900_000;
const workers = 3;

/** Kills processes of `infer` and `score` at random moments while jobs run. */
export const killedWorkers: ChaosPromise = {
  name: 'killed-workers',
  needs: ['PostgreSQL'],
  goal: 200,
  least: 4,
  async run(kills, io) {
    const world = await openWorld(io);
    const stopReconciling = world.keepReconciling();
    try {
      for (let n = 0; n < workers; n++) world.start('infer');
      world.start('score');
      const trial = await killWhileJobsRun(kills, world, io);
      return await rowsOf(kills, trial, world, io);
    } finally {
      stopReconciling();
      await world.close();
    }
  },
};

interface Trial {
  jobs: string[];
  kills: number;
  /** Of the kills that hit a worker with a part: how long until another had it. */
  recoveries: Promise<number>[];
}

async function killWhileJobsRun(kills: number, world: World, io: ChaosIo): Promise<Trial> {
  const trial: Trial = { jobs: [], kills: 0, recoveries: [] };
  const running = new Map<string, Promise<unknown>>();
  const submitNext = async () => {
    const id = await submit(world, cornerArea(trial.jobs.length));
    trial.jobs.push(id);
    running.set(
      id,
      ended(world, id, mostMs).finally(() => running.delete(id)),
    );
  };
  while (trial.kills < kills) {
    const isDue = trial.jobs.length * killsOfJob < kills && trial.kills >= (trial.jobs.length - ahead) * killsOfJob;
    if (running.size === 0 || isDue) await submitNext();
    await sleep(300 + 2400 * io.random());
    if (!(await killOne(world, io, trial))) continue;
    trial.kills++;
    if (trial.kills % 10 === 0) io.say(`${trial.kills} of ${kills} kills, ${trial.jobs.length} jobs`);
  }
  await Promise.all(running.values());
  return trial;
}

/** Half of the kills are aimed at a worker with a part, where there is one; another process takes its place. */
async function killOne(world: World, io: ChaosIo, trial: Trial): Promise<boolean> {
  const all = [...world.processes];
  const held = new Map(
    await Promise.all(all.map(async (work) => [work, await heldPart(world.db, work.worker)] as const)),
  );
  const busy = all.filter((work) => held.get(work));
  const victim = pick(io.random, busy.length > 0 && io.random() < 0.5 ? busy : all);
  const part = held.get(victim) ?? null;
  if (await isLastTry(victim, part, world)) return false;
  await world.kill(victim);
  world.start(victim.name);
  if (part) trial.recoveries.push(recovery(part, victim, world));
  return true;
}

/** Five vanished workers end a part, and five planners a job, by design: that is the promise of the poison chunk. */
async function isLastTry(victim: WorkProcess, part: HeldPart | null, { db }: World): Promise<boolean> {
  if (part) return part.tries >= maxTries - 1;
  if (victim.name !== 'score') return false;
  const job = db
    .selectFrom('jobs')
    .select('id')
    .where('state', '=', 'running')
    .where('tries', '>=', maxTries - 1);
  return (await job.executeTakeFirst()) !== undefined;
}

/** It may have committed between the look and the kill: then there is nothing to recover. */
async function recovery(part: HeldPart, { worker }: WorkProcess, { db }: World): Promise<number> {
  const taken = await msUntilTaken(db, part, 30_000);
  if (taken < Infinity) return taken;
  const row = await db.selectFrom('parts').select(['state', 'record']).where('key', '=', part.key).executeTakeFirst();
  return row?.state === 'done' && (row.record as { worker: string }).worker === worker ? -1 : Infinity;
}

async function rowsOf(kills: number, trial: Trial, world: World, io: ChaosIo): Promise<Row[]> {
  const made = await Promise.all(trial.jobs.map((id) => mapHash(world, id)));
  await Promise.all([...world.processes].map(world.kill));
  await tellRecoveries(trial, io);
  const expected = await undisturbed(
    io,
    trial.jobs.map((_, n) => cornerArea(n)),
  );
  const kept = made.filter((hash, n) => hash === expected[n]).length;
  const left = trial.jobs.length - kept;
  return [
    {
      promise: 'workers and scorers killed at random moments: every job ends',
      tried: trial.kills,
      kept: left === 0 ? trial.kills : 0,
      goal: kills,
    },
    {
      promise: 'jobs whose workers were killed have the bytes of undisturbed ones',
      tried: trial.jobs.length,
      kept,
      goal: Math.ceil(kills / killsOfJob),
    },
  ];
}

/** Every worker may be dead or starting at such a moment, so this is told and not judged. */
async function tellRecoveries({ recoveries }: Trial, io: ChaosIo): Promise<void> {
  const sorted = (await Promise.all(recoveries)).filter((ms) => ms >= 0).sort((a, b) => a - b);
  const seconds = (share: number) => (sorted[Math.floor((sorted.length - 1) * share)] / 1000).toFixed(1);
  if (sorted.length > 0)
    io.say(`${sorted.length} parts lost, taken after ${seconds(0.5)} s (median), ${seconds(1)} s at most`);
}
