import { recentJobs, recentParts } from '#shared/db/past-work.ts';
import { quotaUse } from '#shared/db/quota.ts';
import type { MapRequest } from '#shared/domain/job.ts';
import { dekadIndex, seasonByName, seasonDekads } from '#shared/domain/season.ts';
import { findSource, type Source } from '#shared/domain/source.ts';
import type { Principal } from '#shared/domain/user.ts';
import { checkModelFits } from '#shared/mapping/choose-model.ts';
import { clearestOf, clearestScene } from '#shared/mapping/clearest-scene.ts';
import { measureKernel } from '#shared/mapping/measure-kernel.ts';
import { paceOf } from '#shared/mapping/pace.ts';
import { planForSource } from '#shared/mapping/plan-for-source.ts';
import type { Plan } from '#shared/mapping/plan.ts';
import { quotePlan } from '#shared/mapping/quote.ts';
import type { JobsDeps } from './deps.ts';
import type { QuoteAnswer } from './quote-schema.ts';

/** Starting a worker and stitching, where the past does not say. */
const usualOverheadSeconds = 4;
/** How far a time may be off that was measured on a few scenes. */
const measuredFactor = 2;

/** What a checked request would cost. */
export async function quoteOf(
  request: MapRequest,
  sourceId: string,
  user: Principal,
  deps: JobsDeps,
  signal: AbortSignal,
): Promise<QuoteAnswer> {
  const source = findSource(deps.sources, sourceId);
  const model = await deps.model(request.model!);
  const plan = await planForSource(request, { source, model, today: deps.today() }, deps.scenes, signal);
  const [quota, { bytes, ...time }] = await Promise.all([quotaOf(user, deps), timeOf(plan, source, deps, signal)]);
  return {
    scenes: plan.scenes.length,
    chunks: plan.tasks.length,
    pixels: plan.aoiPixels,
    hectares: plan.aoiPixels / 100,
    bytes,
    ...time,
    quota,
    clearest: clearestOf(clearestScene(plan.scenes, request.aoi)),
    expectedDekads: seasonDekads,
    seenDekads: seenDekads(plan),
    warnings: warningsOf(plan, quota),
  };
}

type Time = Pick<QuoteAnswer, 'bytes' | 'seconds' | 'secondsLow' | 'secondsHigh' | 'basis' | 'workers'>;

/** By what past chunks of the source took; where they are too few, by what reading and classifying takes now. */
async function timeOf(plan: Plan, source: Source, deps: JobsDeps, signal: AbortSignal): Promise<Time> {
  const [parts, jobs] = await Promise.all([recentParts(deps.db, source.id), recentJobs(deps.db, source.id)]);
  const pace = paceOf(parts, jobs);
  const { bytes, seconds, workers } = await quotePlan(plan, {
    ...(await deps.rasters(source)),
    secondsPerRead: pace?.secondsPerRead,
    secondsPerPixel: pace?.secondsPerPixel ?? (await kernelSeconds(plan.request.model!, deps)),
    workers: Math.max(deps.workers, pace?.workers ?? 1),
    atOnce: deps.chunksAtOnce,
    signal,
  });
  const overhead = pace?.overheadSeconds ?? usualOverheadSeconds;
  const whole = (value: number) => Math.max(1, Math.round(value));
  return {
    bytes,
    seconds: whole(overhead + seconds),
    secondsLow: whole(overhead + seconds * (pace?.low ?? 1 / measuredFactor)),
    secondsHigh: whole(overhead + seconds * (pace?.high ?? measuredFactor)),
    basis: pace ? 'past runs' : 'measured now',
    workers,
  };
}

const kernels = new WeakMap<JobsDeps, Map<string, Promise<number>>>();

/** Measured once for each model. */
function kernelSeconds(model: string, deps: JobsDeps): Promise<number> {
  const known = kernels.get(deps) ?? new Map<string, Promise<number>>();
  kernels.set(deps, known);
  const measured = known.get(model) ?? deps.votes(model).then(({ ensemble }) => measureKernel(ensemble));
  known.set(model, measured);
  measured.catch(() => known.delete(model));
  return measured;
}

async function quotaOf(user: Principal, { db, quotas }: JobsDeps): Promise<QuoteAnswer['quota']> {
  const { used, limit, counts } = await quotaUse(db, user.id, user.role, quotas);
  return limit === null ? null : { limit, used, open: counts === 'open jobs' };
}

function seenDekads({ scenes, request }: Plan): number {
  const season = seasonByName(request.season);
  return new Set(scenes.map(({ datetime }) => dekadIndex(season, request.year, datetime))).size;
}

function warningsOf({ request, model, skipped }: Plan, quota: QuoteAnswer['quota']): string[] {
  const { outside } = checkModelFits(model!, { ...request, acceptOutsideModel: true });
  const first = skipped[0];
  return [
    ...(outside
      ? [`the area lies outside the region that the model ${model!.name} was made for: the map would be a guess`]
      : []),
    ...(first
      ? [`${skipped.length} of the scenes are left out, the first (${first.id}) because: ${first.reason}`]
      : []),
    ...(quota && quota.used >= quota.limit
      ? [`this account has used ${quota.used} of its ${quota.limit} ${quota.open ? 'open jobs' : 'submissions'}`]
      : []),
  ];
}
