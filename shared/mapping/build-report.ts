import { windowBox } from '#shared/domain/grid.ts';
import type { Report } from '#shared/domain/report.ts';
import { seasonByName, seasonWindow } from '#shared/domain/season.ts';
import { kernelVersion } from './kernel-version.ts';
import type { StitchPlan } from './stitch-plan.ts';
import type { StitchTotals } from './stitch-totals.ts';

/** More of a scene's valid pixels than this below zero mean that its offset was stated wrongly. */
const suspectNegativeShare = 0.2;

/** What the run knows beside its plan and parts. */
export interface RunFacts {
  source: string;
  collection: string | null;
  version: string;
  commit: string;
  created: string;
  outsideModel: boolean;
  validPixels: number;
  /** Pixels by class value, index 0 unused; empty where features alone were made. */
  classPixels: readonly number[];
  meanConfidence: number | null;
  reused: number;
  seconds: { plan: number; compute: number; stitch: number };
  workers: number;
  peakMemoryBytes: { main: number; worker: number };
}

const round = (value: number, digits: number) => Number(value.toFixed(digits));

/** The report of a finished run; its list of files is filled in when they are written. */
export function buildReport(plan: StitchPlan, totals: StitchTotals, facts: RunFacts): Report {
  const { request, model, extent } = plan;
  const window = seasonWindow(seasonByName(request.season), request.year);
  const { seconds } = facts;
  return {
    product: { name: 'geocrop', version: facts.version, commit: facts.commit, kernel: kernelVersion },
    created: facts.created,
    request: {
      source: facts.source,
      collection: facts.collection,
      aoi: request.aoi,
      season: request.season,
      year: request.year,
      ...window,
      onBrokenScene: request.onBrokenScene,
    },
    model: model && { name: model.name, version: model.version, title: model.title, limits: model.limits },
    outsideModel: facts.outsideModel,
    grid: {
      epsg: extent.epsg,
      bounds: windowBox(extent),
      width: extent.width,
      height: extent.height,
      pixelSize: extent.pixelSize,
    },
    pixels: { total: plan.aoiPixels, valid: facts.validPixels, nodata: plan.aoiPixels - facts.validPixels },
    classes: classShares(plan, facts),
    meanConfidence: facts.meanConfidence === null ? null : round(facts.meanConfidence, 1),
    scenes: { used: usedScenes(plan, totals), skipped: plan.skipped },
    chunks: { total: plan.tasks.length, computed: plan.tasks.length - facts.reused, reused: facts.reused },
    seconds: {
      plan: round(seconds.plan, 3),
      compute: round(seconds.compute, 3),
      stitch: round(seconds.stitch, 3),
      total: round(seconds.plan + seconds.compute + seconds.stitch, 3),
      byStage: totals.seconds,
    },
    workers: facts.workers,
    peakMemoryBytes: facts.peakMemoryBytes,
    files: [],
    warnings: warnings(plan, totals, facts),
  };
}

function classShares({ model, extent }: StitchPlan, { classPixels, validPixels }: RunFacts): Report['classes'] {
  if (!model || classPixels.length === 0) return [];
  return model.classes.map(({ name, title, color }, i) => {
    const pixels = classPixels[i + 1];
    const hectares = round((pixels * extent.pixelSize ** 2) / 10_000, 2);
    return {
      value: i + 1,
      name,
      title,
      color,
      pixels,
      hectares,
      share: validPixels === 0 ? 0 : round(pixels / validPixels, 4),
    };
  });
}

function usedScenes({ scenes }: StitchPlan, totals: StitchTotals): Report['scenes']['used'] {
  return scenes.map(({ id, datetime, cloudCover, offsetSource }) => ({
    id,
    datetime,
    cloudCover,
    validPixels: totals.scenes.get(id)?.valid ?? 0,
    offset: offsetSource,
  }));
}

function warnings({ model }: StitchPlan, totals: StitchTotals, { outsideModel }: RunFacts): string[] {
  const outside = outsideModel
    ? [`the area lies outside the region that the model ${model?.name} was made for: take this map as a guess`]
    : [];
  const suspects = [...totals.scenes]
    .filter(([, { valid, negative }]) => negative > suspectNegativeShare * valid)
    .map(
      ([id, { valid, negative }]) =>
        `scene ${id}: ${Math.round((100 * negative) / valid)} % of its valid pixels have a reflectance below zero; its item probably states the offset wrongly`,
    );
  return [...outside, ...suspects];
}
