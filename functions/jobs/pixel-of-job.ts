import { assertKept } from '#shared/domain/assert-kept.ts';
import { GeoCropError } from '#shared/domain/errors.ts';
import type { Job } from '#shared/domain/job.ts';
import { findSource } from '#shared/domain/source.ts';
import { mappedPixel } from '#shared/mapping/mapped-pixel.ts';
import { modelIdentity } from '#shared/mapping/part-key.ts';
import { pixelAt, type MapPixel } from '#shared/mapping/pixel-at.ts';
import { namedFeatures, pixelProfile } from '#shared/mapping/pixel-profile.ts';
import type { PixelScene } from '#shared/mapping/pixel-scenes.ts';
import type { ReadAsset } from '#shared/mapping/read-observation.ts';
import type { StitchPlan } from '#shared/mapping/stitch-plan.ts';
import { readPlan, readTask } from '#shared/mapping/stored-task.ts';
import type { Vote } from '#shared/mapping/voting-model.ts';
import type { JobsDeps } from './deps.ts';
import type { PixelAnswer } from './pixel-schema.ts';

export interface PixelQuestion {
  job: Job;
  place: { lon: number; lat: number };
  /** Bounds the reads of all questions. */
  bounded: (read: ReadAsset) => ReadAsset;
  onScene: (scene: PixelScene) => void;
  signal: AbortSignal;
}

type Deps = Pick<JobsDeps, 'store' | 'sources' | 'reader' | 'votes'>;

/** What is known of the pixel of a job's map that holds a place. */
export async function pixelOfJob(question: PixelQuestion, deps: Deps): Promise<PixelAnswer> {
  const { job, place } = question;
  assertKept(job);
  if (job.chunks === null)
    throw new GeoCropError('conflict', `the job is ${job.state} and has no plan yet: nothing is known of its pixels`);
  const plan = await readPlan(deps.store, job.id);
  const pixel = pixelAt(plan, place);
  const { col, row, x, y, inside } = pixel;
  const placed = { lon: pixel.lon, lat: pixel.lat, col, row, epsg: plan.extent.epsg, x, y, inside };
  const smoothed = Boolean(plan.model?.smoothing);
  const known = inside ? await profileOf(pixel, plan, question, deps) : nothing;
  return { ...placed, ...known, smoothed };
}

type Known = Pick<PixelAnswer, 'class' | 'confidence' | 'scenes' | 'dekads' | 'features' | 'votes' | 'probabilities'>;

const nothing: Known = {
  class: null,
  confidence: null,
  scenes: [],
  dekads: [],
  features: [],
  votes: [],
  probabilities: [],
};

async function profileOf(
  pixel: MapPixel,
  plan: StitchPlan,
  { job, bounded, onScene, signal }: PixelQuestion,
  deps: Deps,
): Promise<Known> {
  const { chunk } = pixel;
  const { key } = plan.tasks.find((task) => task.chunk.col === chunk.col && task.chunk.row === chunk.row)!;
  const { source, task } = await readTask(deps.store, key);
  const read = bounded(deps.reader(findSource(deps.sources, source)));
  const [profile, shown] = await Promise.all([
    pixelProfile(task, pixel.window, read, onScene, signal),
    mappedPixel(deps.store, { id: job.id, isFinished: job.state === 'successful' }, pixel, key, signal),
  ]);
  return {
    ...classOf(shown, plan),
    scenes: profile.scenes,
    dekads: profile.dekads,
    features: namedFeatures(profile.features),
    ...(await votesOf(profile.features, plan, deps)),
  };
}

/** A pixel of no data has neither class nor confidence. */
function classOf(shown: { value: number; confidence: number } | null, { model }: StitchPlan) {
  const found = shown === null ? undefined : model?.classes[shown.value - 1];
  if (!shown || !found) return { class: null, confidence: null };
  const { name, title, color } = found;
  return { class: { value: shown.value, name, title, color }, confidence: shown.confidence };
}

async function votesOf(
  features: Float32Array,
  { model }: StitchPlan,
  deps: Deps,
): Promise<{ votes: Vote[]; probabilities: number[] }> {
  const none = { votes: [], probabilities: [] };
  if (!model || Number.isNaN(features[0])) return none;
  const installed = await deps.votes(model.name).catch((error) => {
    if (error instanceof GeoCropError && error.code === 'unknown-model') return null;
    throw error;
  });
  // Another model of the same name did not make this map.
  if (!installed || modelIdentity(installed.manifest) !== modelIdentity(model)) return none;
  return installed.vote(features);
}
