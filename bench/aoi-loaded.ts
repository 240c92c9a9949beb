import { readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { readProduct } from '#shared/config/product.ts';
import { projectRoot } from '#shared/config/project-root.ts';
import { readSettings } from '#shared/config/settings.ts';
import type { PartRecord } from '#shared/mapping/part-record.ts';
import { publishMap } from '#shared/mapping/publish-map.ts';
import { directoryStore } from '#shared/storage/directory-store.ts';
import { readRequest, type MapOptions } from '../cli/commands/map.ts';
import type { CliContext } from '../cli/context.ts';
import { setUpJob } from '../cli/job-setup.ts';
import { finishOutFolder, openOutFolder } from '../cli/out-folder.ts';
import { giveTasks, startWorker } from '../cli/worker/child.ts';

/**
 * What `geocrop map` does, twice in processes that stay: the first map loads what a service has loaded, the second is
 * timed. Told `{wall, cpu}` in seconds, of both processes.
 *
 *     aoi-loaded.ts OPTIONS THREADS        OPTIONS are those of `geocrop map`, as JSON
 */
const options = JSON.parse(process.argv[2]) as MapOptions & { out: string };
const threads = Number(process.argv[3]);
const context: CliContext = {
  settings: readSettings(projectRoot),
  product: await readProduct(projectRoot),
  json: true,
  today: new Date().toISOString().slice(0, 10),
  signal: new AbortController().signal,
  print: () => {},
};
const request = await readRequest(options, 'map', context);
const { model } = await setUpJob(request, options.stac, 'map', context);
const folder = await openOutFolder(options.out, true);
const worker = startWorker({ type: 'setup', threads, store: folder.working, model, assets: context.settings });

async function map(): Promise<void> {
  await rm(folder.final, { recursive: true, force: true });
  await openOutFolder(options.out, false);
  const setup = await setUpJob(request, options.stac, 'map', context);
  const [started, plan] = [performance.now(), await setup.plan([])];
  const planned = performance.now();
  const records = new Map<string, PartRecord>();
  const { peakBytes } = await giveTasks(worker, plan.tasks, {
    onSceneRead: () => {},
    onPart: (key, record) => records.set(key, record),
  });
  if (records.size < plan.tasks.length) throw new Error('the worker has ended');
  await publishMap({
    ...{ plan, records, prefix: '' },
    ...{ parts: directoryStore(folder.working), results: directoryStore(folder.staging) },
    facts: {
      ...{ source: options.stac, collection: setup.collection(), outsideModel: setup.outsideModel },
      ...{ workers: threads, ...context.product, created: new Date().toISOString(), reused: 0 },
      seconds: { plan: (planned - started) / 1000, compute: (performance.now() - planned) / 1000 },
      peakMemoryBytes: { main: process.resourceUsage().maxRSS * 1024, worker: peakBytes },
    },
  });
  await finishOutFolder(folder);
}

/** Seconds of the processor that this process and the worker have used. */
function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  const fields = readFileSync(`/proc/${worker.pid}/stat`, 'utf8').split(') ').at(-1)!.split(' ');
  // In hundredths of a second, as Linux tells all programs on x64 and arm64.
  return (user + system) / 1e6 + (Number(fields[11]) + Number(fields[12])) / 100;
}

await map();
const [wall, cpu] = [performance.now(), cpuSeconds()];
await map();
console.log(JSON.stringify({ wall: (performance.now() - wall) / 1000, cpu: cpuSeconds() - cpu }));
worker.disconnect();
