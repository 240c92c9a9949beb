import { featureSet } from '#shared/features/feature-names.ts';
import { assetReader, rasterCache } from '#shared/mapping/asset-reader.ts';
import { measureKernel } from '#shared/mapping/measure-kernel.ts';
import { quotePlan, type Quote } from '#shared/mapping/quote.ts';
import { loadEnsemble } from '#shared/model/load-ensemble.ts';
import { findModel } from '#shared/model/model-folder.ts';
import type { CliContext } from '../context.ts';
import { setUpJob } from '../job-setup.ts';
import { openAssets } from '../open-assets.ts';
import { layoutOf } from '../worker-pool.ts';
import { readRequest, readWorkers, type MapOptions } from './map.ts';

/** Says what a map would read and how long it would take, without writing anything. */
export async function dryRun(options: MapOptions, context: CliContext): Promise<void> {
  const request = await readRequest(options, 'map', context);
  const setup = await setUpJob(request, options.stac, 'map', context);
  const plan = await setup.plan([]);
  const open = openAssets(context.settings);
  const workers = readWorkers(options.workers);
  const quote = await quotePlan(plan, {
    open: rasterCache(open),
    read: assetReader(open),
    secondsPerPixel: await secondsPerPixel(request.model!, context),
    workers,
    atOnce: layoutOf(workers).atOnce,
    signal: context.signal,
  });
  context.print(quoteText(quote, plan.skipped.length), {
    ...quote,
    skipped: plan.skipped,
    outsideModel: setup.outsideModel,
  });
}

/** Seconds of one core for a pixel of this model on this machine. */
async function secondsPerPixel(name: string, { settings }: CliContext): Promise<number> {
  const { manifest, read } = await findModel(name, settings.modelFolders, featureSet);
  const ensemble = await loadEnsemble(read, manifest, featureSet);
  try {
    return await measureKernel(ensemble);
  } finally {
    await ensemble.release();
  }
}

function quoteText(quote: Quote, skipped: number): string {
  const whole = (value: number) => value.toLocaleString('en', { maximumFractionDigits: 0 });
  return [
    `scenes   ${quote.scenes} (${skipped} skipped), in ${quote.chunks} chunk${quote.chunks === 1 ? '' : 's'}: ${whole(quote.sceneReads)} scene reads`,
    `pixels   ${whole(quote.pixels)} of 10 m`,
    `to read  about ${(quote.bytes / 1e6).toFixed(1)} MB`,
    `time     about ${whole(quote.seconds)} s with ${quote.workers} worker${quote.workers === 1 ? '' : 's'} (estimated from a sample, good to a factor of two)`,
    'Nothing was written.',
  ].join('\n');
}
