import { availableParallelism } from 'node:os';
import { basename, dirname } from 'node:path';
import type { BrokenScenePolicy, MapRequest } from '#shared/domain/job.ts';
import type { Report } from '#shared/domain/report.ts';
import { defaultSeason } from '#shared/domain/season.ts';
import type { OutputForm } from '#shared/mapping/chunk-task.ts';
import { publishFeatures, publishMap, type Publication } from '#shared/mapping/publish-map.ts';
import { directoryStore } from '#shared/storage/directory-store.ts';
import { readAoi, readYear, wholeNumber } from '../arguments.ts';
import { defaultWorkers, type CliContext } from '../context.ts';
import { setUpJob, type JobSetup } from '../job-setup.ts';
import { finishOutFile, finishOutFolder, openOutFile, openOutFolder, workIn, type OutFolder } from '../out-folder.ts';
import { Progress } from '../progress.ts';
import { runJob } from '../run-job.ts';

/** Options as they were typed. */
export interface MapOptions {
  stac: string;
  at?: string | undefined;
  aoi?: string | undefined;
  year: string;
  season?: string | undefined;
  model?: string | undefined;
  collection?: string | undefined;
  out?: string | undefined;
  workers?: string | undefined;
  onBrokenScene?: string | undefined;
  acceptOutsideModel?: boolean | undefined;
  force?: boolean | undefined;
}

/** The model that is used where none is named. */
export const defaultModel = 'temperate';

export async function readRequest(
  options: MapOptions,
  output: OutputForm,
  { settings }: CliContext,
): Promise<MapRequest> {
  return {
    aoi: await readAoi(options, settings.limits),
    season: options.season ?? defaultSeason,
    year: readYear(options.year),
    model: output === 'map' ? (options.model ?? defaultModel) : null,
    collection: options.collection ?? null,
    onBrokenScene: (options.onBrokenScene ?? 'fail') as BrokenScenePolicy,
    acceptOutsideModel: options.acceptOutsideModel ?? false,
  };
}

export const readWorkers = (text: string | undefined): number =>
  text === undefined ? defaultWorkers() : wholeNumber(text, '--workers', 1, 4 * availableParallelism() + 8);

/** A finished run: its report and the folder that it lies in. */
export interface Finished {
  report: Report;
  folder: string;
}

/** Maps an area: checks, plans, computes in workers, stitches, and moves the result to its place. */
export async function mapArea(options: MapOptions & { out: string }, context: CliContext): Promise<Finished> {
  const request = await readRequest(options, 'map', context);
  const setup = await setUpJob(request, options.stac, 'map', context);
  const workers = readWorkers(options.workers);
  const folder = await openOutFolder(options.out, options.force ?? false);
  return workIn(folder, async () => {
    const report = await publishMap(await compute(setup, folder, workers, options.stac, context));
    await finishOutFolder(folder);
    return { report, folder: folder.final };
  });
}

/** Computes the 51 features of an area into one file. */
export async function mapFeatures(options: MapOptions & { out: string }, context: CliContext): Promise<Finished> {
  const request = await readRequest(options, 'features', context);
  const setup = await setUpJob(request, options.stac, 'features', context);
  const workers = readWorkers(options.workers);
  const folder = await openOutFile(options.out, options.force ?? false);
  return workIn(folder, async () => {
    const report = await publishFeatures(await compute(setup, folder, workers, options.stac, context));
    await finishOutFile(folder, 'features.tif');
    report.files[0].name = basename(folder.final);
    return { report, folder: dirname(folder.final) };
  });
}

/** Computes a job's parts; what is left to do is to publish it. */
async function compute(
  setup: JobSetup,
  folder: OutFolder,
  workers: number,
  source: string,
  context: CliContext,
): Promise<Publication> {
  const { product, signal } = context;
  const progress = new Progress(process.stderr, context.json);
  const skipBroken = setup.request.onBrokenScene === 'skip';
  const inputs = { assets: context.settings, model: setup.model };
  const job = await runJob({ plan: setup.plan, folder, inputs, workers, skipBroken, progress, signal });
  return {
    plan: job.plan,
    records: job.records,
    parts: directoryStore(folder.working),
    results: directoryStore(folder.staging),
    prefix: '',
    signal,
    facts: {
      source,
      collection: setup.collection(),
      outsideModel: setup.outsideModel,
      workers: Math.min(workers, job.plan.tasks.length),
      ...product,
      created: new Date().toISOString(),
      reused: job.reused,
      seconds: job.seconds,
      peakMemoryBytes: { main: process.resourceUsage().maxRSS * 1024, worker: job.workerPeakBytes },
    },
  };
}
