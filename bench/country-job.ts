import { announceParts, commitPlan } from '#shared/db/commit-plan.ts';
import { claimPlanning, claimStitching, finishJob } from '#shared/db/job-lease.ts';
import { completePart, jobsOfPart } from '#shared/db/complete-part.ts';
import type { Database } from '#shared/db/database.ts';
import { partRecords } from '#shared/db/job-progress.ts';
import { claimPart } from '#shared/db/part-lease.ts';
import { degreesOfBox } from '#shared/domain/aoi.ts';
import { requiredBands } from '#shared/domain/bands.ts';
import { chunksExtent, chunkWindow, windowBox, type ChunkId } from '#shared/domain/grid.ts';
import type { Job } from '#shared/domain/job.ts';
import type { ChunkTask, TaskScene } from '#shared/mapping/chunk-task.ts';
import { partKey } from '#shared/mapping/part-key.ts';
import type { PartRecord } from '#shared/mapping/part-record.ts';
import { storePart } from '#shared/mapping/stored-part.ts';
import type { PartRecords } from '#shared/mapping/stitch-parts.ts';
import type { StitchPlan } from '#shared/mapping/stitch-plan.ts';
import { stitch } from '#shared/mapping/stitch.ts';
import { readPlan, readTask, storePlan, storeTask } from '#shared/mapping/stored-task.ts';
import type { ModelManifest } from '#shared/model/model-manifest.ts';
import type { Queue } from '#shared/queue/queue.ts';
import { chunksQueue, jobsQueue } from '#shared/queue/work-messages.ts';
import type { ObjectStore } from '#shared/storage/object-store.ts';
import { defaultLeaseTimes, submission } from '#shared/testing/job-fixtures.ts';
import { askForParts } from '../functions/score/ask-for-parts.ts';
import { holdJob } from '../functions/score/hold-job.ts';
import { encodedPart } from './country-parts.ts';

/** Where a job of the bench is done. */
export interface CountryWorld {
  db: Database;
  queue: Queue;
  store: ObjectStore;
}

export const passes = 55;
export const workers = 4;

const model = {
  name: 'none',
  version: '1.0.0',
  classes: ['a', 'b'].map((name) => ({ name, title: name, color: '#aabbcc' })),
};
const manifest = { ...model, members: [], smoothing: null } as unknown as ModelManifest;
const never = new AbortController().signal;

/** Plans as `score` does, with a plan that is made up instead of searched for. */
export async function planCountry({ db, queue, store }: CountryWorld, { id }: Job, chunks: number, seed: number) {
  const job = (await claimPlanning(db, id))!;
  const open = await holdJob(db, job, never, async () => {
    const observations = season(seed);
    const tasks = Array.from({ length: chunks }, (_, i) => madeTask(i, chunks, observations));
    const parts = tasks.map(({ key, chunk }) => ({
      key,
      box: degreesOfBox(chunk.epsg, windowBox(chunkWindow(chunk))),
      sceneReads: passes,
    }));
    await announceParts(db, parts);
    for (const task of tasks) await storeTask(store, { source: 'demo', task });
    const extent = chunksExtent(tasks.map(({ chunk }) => chunk));
    const plan = { output: 'map', extent, model: manifest, tasks: tasks.map(({ chunk, key }) => ({ chunk, key })) };
    await storePlan(store, job.id, plan as unknown as StitchPlan);
    return commitPlan(db, job, parts, passes);
  });
  await askForParts(open!, queue);
}

const { aoi } = submission('').request;

function madeTask(i: number, chunks: number, observations: TaskScene[][]): ChunkTask {
  const across = Math.ceil(Math.sqrt(chunks));
  const chunk: ChunkId = { epsg: 32736, col: 40 + (i % across), row: 1500 + Math.floor(i / across) };
  const inputs = { chunk, observations, season: 'southern-summer', year: 2022, output: 'map' as const };
  const key = partKey({ ...inputs, maskId: 'full', model: manifest });
  return { ...inputs, key, aoi, model: model.name, modelId: null };
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
export async function computeCountry({ db, queue, store }: CountryWorld, chunks: number): Promise<number[]> {
  const { bytes, tiles } = await encodedPart(manifest);
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
      const scenes = task.observations.flat().map(({ id }) => ({ id, valid: 200_000, negative: 0 }));
      const record: PartRecord = { tiles, scenes, computedPixels: 262_144, seconds: { read: 1.234, features: 0.567 } };
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

export async function stitchCountry({ db, queue, store }: CountryWorld, job: Job): Promise<void> {
  const [message] = await queue.receive(jobsQueue, { max: 1, visibilitySeconds: 60, waitSeconds: 1 });
  if ((message?.body as { jobId: string } | undefined)?.jobId !== job.id)
    throw new Error('nobody said that the job is complete');
  const held = (await claimStitching(db, job.id))!;
  await holdJob(db, held, never, async () => {
    const plan = await readPlan(store, job.id);
    const map = `results/${job.id}/map.tif`;
    const options = { metadata: {}, onTile: () => {}, scratch: { store, key: `${map}.overviews` } };
    const records = partRecords(db, job.id) as PartRecords;
    await store.putStream(map, (sink) => stitch(plan, records, store, sink, options));
  });
  if (!(await finishJob(db, held, {}))) throw new Error('the lease was lost while the map was stitched');
  await queue.delete(jobsQueue, message.receipt);
}
