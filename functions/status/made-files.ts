import { setImmediate as turn } from 'node:timers/promises';
import type { Job } from '#shared/domain/job.ts';
import { reportSchema, type Report } from '#shared/domain/report.ts';
import { classesCsv } from '#shared/mapping/classes-csv.ts';
import { readPlan, resultPrefix } from '#shared/mapping/stored-task.ts';
import { writeParcels } from '#shared/mapping/write-parcels.ts';
import type { ObjectStore } from '#shared/storage/object-store.ts';
import type { ResultFile } from './result-files.ts';

/** Files that are not written with the map but when somebody first wants them; then they are kept. */
type Make = (job: Job, store: ObjectStore) => Promise<void>;
const makers: Partial<Record<ResultFile, Make>> = { 'classes.csv': makeClasses, 'parcels.geojson': makeParcels };

/** What takes as much memory as its map has pixels, and is therefore made one at a time. */
const large: readonly ResultFile[] = ['parcels.geojson'];

async function makeClasses(job: Job, store: ObjectStore): Promise<void> {
  const { classes } = await reportOf(job, store);
  await store.put(`${resultPrefix(job.id)}classes.csv`, Buffer.from(classesCsv(classes)));
}

async function makeParcels(job: Job, store: ObjectStore): Promise<void> {
  const [{ classes }, { extent }] = await Promise.all([reportOf(job, store), readPlan(store, job.id)]);
  const prefix = resultPrefix(job.id);
  await writeParcels({
    store,
    map: `${prefix}map.tif`,
    to: `${prefix}parcels.geojson`,
    aoi: job.request.aoi,
    extent,
    names: new Map(classes.map(({ value, name, title }) => [value, { name, title }])),
    pause: breather(),
  });
}

async function reportOf(job: Job, store: ObjectStore): Promise<Pick<Report, 'classes'>> {
  const bytes = await store.get(`${resultPrefix(job.id)}report.json`);
  if (!bytes) throw new Error(`the job ${job.id} has no report`);
  return reportSchema.pick({ classes: true }).parse(JSON.parse(Buffer.from(bytes).toString()));
}

const sliceMs = 15;

/** Gives way to requests and streams every few milliseconds. */
function breather(): () => Promise<void> {
  let since = performance.now();
  return async () => {
    if (performance.now() - since < sliceMs) return;
    await turn();
    since = performance.now();
  };
}

/**
 * Sees to it that a file is there, if it is one that is made on demand. Whoever asks for the same file waits for the same
 * work.
 */
export function madeFiles(store: ObjectStore): (job: Job, file: ResultFile) => Promise<void> {
  const making = new Map<string, Promise<void>>();
  let lastLarge: Promise<unknown> = Promise.resolve();
  const begin = (make: Make, job: Job, file: ResultFile, key: string) => {
    const turnOfMine = large.includes(file) ? lastLarge : Promise.resolve();
    const begun = turnOfMine.then(() => make(job, store)).finally(() => making.delete(key));
    making.set(key, begun);
    if (large.includes(file)) lastLarge = begun.catch(() => undefined);
    return begun;
  };
  return async (job, file) => {
    const make = makers[file];
    const key = resultPrefix(job.id) + file;
    if (!make || (await store.size(key)) !== null) return;
    await (making.get(key) ?? begin(make, job, file, key));
  };
}
