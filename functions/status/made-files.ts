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
const makers: Partial<Record<ResultFile, Make>> = {
  'classes.csv': async (job, store) => {
    const { classes } = await reportOf(job, store);
    await store.put(`${resultPrefix(job.id)}classes.csv`, Buffer.from(classesCsv(classes)));
  },
  'parcels.geojson': async (job, store) => {
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
  },
};

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
 * work, and one file is made at a time: each takes as much memory as its map has pixels.
 */
export function madeFiles(store: ObjectStore): (job: Job, file: ResultFile) => Promise<void> {
  const making = new Map<string, Promise<void>>();
  let last: Promise<unknown> = Promise.resolve();
  return async (job, file) => {
    const make = makers[file];
    const key = resultPrefix(job.id) + file;
    if (!make || (await store.size(key)) !== null) return;
    const begun = making.get(key) ?? last.then(() => make(job, store)).finally(() => making.delete(key));
    making.set(key, begun);
    last = begun.catch(() => undefined);
    await begun;
  };
}
