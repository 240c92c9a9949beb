import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import pg from 'pg';
import { completePart, jobsOfPart } from '#shared/db/complete-part.ts';
import { openDatabase, type Database } from '#shared/db/database.ts';
import { openEmbeddedDatabase } from '#shared/db/embedded/open-embedded-database.ts';
import { claimPlanning, claimStitching, commitPlan, finishJob } from '#shared/db/job-lease.ts';
import { partRecords } from '#shared/db/job-progress.ts';
import { migrate } from '#shared/db/migrate.ts';
import { claimPart, defaultLeaseTimes } from '#shared/db/part-lease.ts';
import { defaultQuotas } from '#shared/db/quota.ts';
import { submitJob } from '#shared/db/submit-job.ts';
import { degreesOfBox } from '#shared/domain/aoi.ts';
import { requiredBands } from '#shared/domain/bands.ts';
import type { Job } from '#shared/domain/job.ts';
import { chunksExtent, chunkWindow, windowBox, type ChunkId } from '#shared/domain/grid.ts';
import type { ChunkTask, TaskScene } from '#shared/mapping/chunk-task.ts';
import { encodePart, rasterForm, storePart, type PartRecord } from '#shared/mapping/part.ts';
import { partKey } from '#shared/mapping/part-key.ts';
import { stitch } from '#shared/mapping/stitch.ts';
import type { StitchPlan } from '#shared/mapping/stitch-plan.ts';
import { readPlan, readTask, storePlan, storeTask } from '#shared/mapping/stored-task.ts';
import type { ModelManifest } from '#shared/model/model-manifest.ts';
import { databaseQueue } from '#shared/queue/database-queue.ts';
import type { Queue } from '#shared/queue/queue.ts';
import { chunksQueue, jobsQueue } from '#shared/queue/work-messages.ts';
import { directoryStore } from '#shared/storage/directory-store.ts';
import { checkKey, type ObjectStore } from '#shared/storage/object-store.ts';
import { makeUser, submission } from '#shared/testing/job-fixtures.ts';
import { clusterUrl, startCluster } from '#shared/testing/postgres-cluster.ts';
import { holdJob } from '../functions/score/hold-job.ts';
import { median, thisMachine, type BenchReport, type BenchRow } from './report.ts';

/** Zimbabwe is 390,757 km2; a chunk is 26.2 of them, and those on the border count whole. */
const countryChunks = 16_000;
const fewChunks = 200;
const passes = 55;
const workers = 4;

interface World {
  db: Database;
  queue: Queue;
  store: ObjectStore;
  owner: string;
}

/** Seconds of one job per step, and the most memory of this process (bytes) in it. */
interface JobCost {
  plan: number;
  compute: number;
  stitch: number;
  cpu: number;
  peakMemory: number;
}

const model = {
  name: 'none',
  version: '1.0.0',
  classes: ['a', 'b'].map((name) => ({ name, title: name, color: '#aabbcc' })),
};
const manifest = { ...model, members: [], smoothing: null } as unknown as ModelManifest;

/** `country`: what a country's job takes beside computing, chunk for chunk, against a small one's. */
export async function benchCountry({ runs }: { runs: number }): Promise<BenchReport> {
  const rows: BenchRow[] = [];
  for (const [name, open] of Object.entries(databases)) {
    const folder = await mkdtemp(join(tmpdir(), 'geocrop-country-'));
    const { url, close } = await open(folder);
    const db = openDatabase({ url });
    try {
      await migrate(db);
      const owner = await makeUser(db, 'admin');
      const world = { db, queue: databaseQueue(db), store: quickStore(join(folder, 'objects')), owner };
      rows.push(...(await compare(name, world, runs)));
    } finally {
      await db.destroy();
      await close();
      await rm(folder, { recursive: true, force: true });
    }
  }
  return { machine: thisMachine(), versions: { node: process.version }, rows };
}

const databases: Record<string, (folder: string) => Promise<{ url: string; close(): Promise<void> }>> = {
  async 'PostgreSQL 15'() {
    const cluster = await startCluster();
    const client = new pg.Client(clusterUrl(cluster.folder, 'postgres'));
    await client.connect();
    await client.query('CREATE DATABASE country');
    await client.end();
    return { url: clusterUrl(cluster.folder, 'country'), close: cluster.close };
  },
  async embedded(folder) {
    const embedded = await openEmbeddedDatabase({ folder: join(folder, 'db'), socketFolder: join(folder, 's') });
    return { url: embedded.url, close: () => embedded.close() };
  },
};

/** Objects as files, without waiting for the disk at each: it would be most of what is measured, and is the same for all. */
function quickStore(root: string): ObjectStore {
  const put = async (key: string, bytes: Uint8Array) => {
    const path = join(root, checkKey(key));
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, bytes);
  };
  return { ...directoryStore(root), put };
}

async function compare(name: string, world: World, runs: number): Promise<BenchRow[]> {
  await runJob(world, fewChunks, 0);
  const [few, many]: [JobCost[], JobCost[]] = [[], []];
  for (let run = 0; run < runs; run++) {
    few.push(await runJob(world, fewChunks, 2 * run + 1));
    many.push(await runJob(world, countryChunks, 2 * run + 2));
  }
  const perChunk = (costs: JobCost[], chunks: number) =>
    (1000 * median(costs.map(({ plan, compute, stitch: end }) => plan + compute + end))) / chunks;
  const peak = (costs: JobCost[]) => median(costs.map(({ peakMemory }) => peakMemory)) / 2 ** 20;
  const [one, other] = [perChunk(many, countryChunks), perChunk(few, fewChunks)];
  const [large, small] = [peak(many), peak(few)];
  const common = { peer: `a job of ${fewChunks} chunks`, threads: `1 process, ${workers} workers, ${name}` };
  return [
    {
      part: `country of ${countryChunks} chunks, a chunk`,
      ...common,
      ours: one,
      peer_value: other,
      unit: 'ms',
      ratio: other / one,
      goal: 0.83,
    },
    {
      part: 'country, peak memory',
      ...common,
      ours: large,
      peer_value: small,
      unit: 'MiB',
      ratio: small / large,
      goal: 0.5,
    },
  ];
}

async function runJob(world: World, chunks: number, seed: number): Promise<JobCost> {
  const cost = { plan: 0, compute: 0, stitch: 0, cpu: 0, peakMemory: 0 };
  const watch = setInterval(() => (cost.peakMemory = Math.max(cost.peakMemory, process.memoryUsage.rss())), 50);
  const cpu = process.cpuUsage();
  const timed = async <T>(step: 'plan' | 'compute' | 'stitch', work: () => Promise<T>) => {
    const begun = performance.now();
    const done = await work();
    cost[step] = (performance.now() - begun) / 1000;
    return done;
  };
  const wanted = submission(world.owner);
  const { job } = await submitJob(world.db, wanted, defaultQuotas);
  await timed('plan', () => planned(world, job, chunks, seed));
  const tenths = await timed('compute', () => computed(world, chunks));
  await timed('stitch', () => stitched(world, job));
  clearInterval(watch);
  const { user, system } = process.cpuUsage(cpu);
  cost.cpu = (user + system) / 1e6;
  const each = (seconds: number) => `${((1000 * seconds) / chunks).toFixed(2)} ms`;
  console.error(
    `bench: ${chunks} chunks: plan ${each(cost.plan)}, compute ${each(cost.compute)} (by tenths of the job: ${tenths.map((ms) => ms.toFixed(2)).join(' ')}), stitch ${each(cost.stitch)} a chunk; CPU ${each(cost.cpu)}; ${Math.round(cost.peakMemory / 2 ** 20)} MiB`,
  );
  return cost;
}

/** Plans as `score` does, with a plan that is made up instead of searched for. */
async function planned({ db, queue, store }: World, { id }: Job, chunks: number, seed: number): Promise<void> {
  const job = (await claimPlanning(db, id))!;
  const open = await holdJob(db, job, never, async () => {
    const observations = season(seed);
    const tasks = Array.from({ length: chunks }, (_, i) => madeTask(i, chunks, observations));
    for (const task of tasks) await storeTask(store, { source: 'demo', task });
    const extent = chunksExtent(tasks.map(({ chunk }) => chunk));
    const plan = { output: 'map', extent, model: manifest, tasks: tasks.map(({ chunk, key }) => ({ chunk, key })) };
    await storePlan(store, job.id, plan as unknown as StitchPlan);
    const parts = tasks.map(({ key, chunk }) => ({
      key,
      box: degreesOfBox(chunk.epsg, windowBox(chunkWindow(chunk))),
      sceneReads: passes,
    }));
    return commitPlan(db, job, parts, passes);
  });
  await queue.send(
    chunksQueue,
    open!.map((key) => ({ partKey: key })),
  );
}

const never = new AbortController().signal;

function madeTask(i: number, chunks: number, observations: TaskScene[][]): ChunkTask {
  const across = Math.ceil(Math.sqrt(chunks));
  const chunk: ChunkId = { epsg: 32736, col: 40 + (i % across), row: 1500 + Math.floor(i / across) };
  const inputs = { chunk, observations, season: 'southern-summer', year: 2022, output: 'map' as const };
  const key = partKey({ ...inputs, maskId: 'full', model: manifest });
  return { ...inputs, key, aoi: submission('').request.aoi, model: model.name, modelId: null };
}

/** Scenes as an item of a large catalog describes them. */
function season(seed: number): TaskScene[][] {
  return Array.from({ length: passes }, (_, i) => {
    const id = `S2A_36KTF_2022${String(i).padStart(4, '0')}_${seed}_L2A`;
    const assets = requiredBands.map((band) => {
      const href = `https://catalog.example/sentinel-s2-l2a-cogs/36/K/TF/2022/9/${id}/${band}.tif`;
      return [band, { href, scale: 0.0001, offset: -0.1, shape: [10980, 10980], identity: `${id}-${band}-checksum` }];
    });
    return [{ id, datetime: '2022-09-01T07:56:11Z', assets: Object.fromEntries(assets) }];
  });
}

/** What `infer` does with each message, less the computing; milliseconds a chunk by tenths of the job. */
async function computed({ db, queue, store }: World, chunks: number): Promise<number[]> {
  const empty = new Uint8Array(512 * 512);
  const tenths: number[] = [];
  let [done, begun] = [0, performance.now()];
  const worker = async (name: string) => {
    while (done < chunks) {
      const [message] = await queue.receive(chunksQueue, { max: 1, visibilitySeconds: 60, waitSeconds: 0 });
      if (!message) return;
      const { partKey: key } = message.body as { partKey: string };
      const lease = (await claimPart(db, key, name, defaultLeaseTimes))!;
      await jobsOfPart(db, key);
      const { task } = await readTask(store, key);
      const { bytes, tiles } = await encodePart(task.chunk, [empty, empty], rasterForm('map', manifest));
      const scenes = task.observations.flat().map(({ id }) => ({ id, valid: 0, negative: 0 }));
      const record: PartRecord = { tiles, scenes, computedPixels: 0, seconds: {} };
      await storePart(store, key, bytes, record);
      const complete = (await completePart(db, lease, { ...record, worker: name, peakMemoryBytes: 1 }))!;
      await queue.send(
        jobsQueue,
        complete.map((jobId) => ({ step: 'stitch', jobId })),
      );
      await queue.delete(chunksQueue, message.receipt);
      if (++done % Math.ceil(chunks / 10) > 0) continue;
      tenths.push((performance.now() - begun) / Math.ceil(chunks / 10));
      begun = performance.now();
    }
  };
  await Promise.all(Array.from({ length: workers }, (_, i) => worker(`bench/${i}`)));
  return tenths;
}

async function stitched({ db, queue, store }: World, job: Job): Promise<void> {
  const [message] = await queue.receive(jobsQueue, { max: 1, visibilitySeconds: 60, waitSeconds: 1 });
  if ((message?.body as { jobId: string } | undefined)?.jobId !== job.id)
    throw new Error('nobody said that the job is complete');
  const held = (await claimStitching(db, job.id))!;
  await holdJob(db, held, never, async () => {
    const plan = await readPlan(store, job.id);
    const records = (await partRecords(db, job.id)) as Map<string, PartRecord>;
    const options = { metadata: {}, onTile: () => {} };
    await store.putStream(`results/${job.id}/map.tif`, (sink) => stitch(plan, records, store, sink, options));
  });
  if (!(await finishJob(db, held, {}))) throw new Error('the lease was lost while the map was stitched');
  await queue.delete(jobsQueue, message.receipt);
}
