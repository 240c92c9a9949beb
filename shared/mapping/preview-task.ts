import type { GridWindow } from '#shared/domain/grid.ts';
import { dekadIndex, seasonByName } from '#shared/domain/season.ts';
import type { Scene } from '#shared/stac/scene.ts';
import { groupObservations } from '#shared/stac/select-scenes.ts';
import type { ObjectStore } from '#shared/storage/object-store.ts';
import type { ChunkTask } from './chunk-task.ts';
import { modelIdentity } from './part-key.ts';
import { scenesOfTasks, type Plan } from './plan.ts';
import { previewWindow } from './preview-window.ts';
import { resultPrefix } from './stored-task.ts';

/** Everything that the coarse preview of a job needs; plain JSON. */
export interface PreviewTask extends Pick<ChunkTask, 'aoi' | 'season' | 'year' | 'model' | 'modelId' | 'observations'> {
  /** Id of the source that may be read for it. */
  source: string;
  /** The whole area in coarse pixels. */
  window: GridWindow;
}

/** A preview reads so many passes of a dekad at most: the clearest ones. */
const passesOfDekad = 4;

/** What a planned job's preview is computed from; null where a preview is pointless. */
export function previewTask(plan: Plan, source: string): PreviewTask | null {
  const { request, model, tasks } = plan;
  const window = model && previewWindow(request.aoi);
  if (!window) return null;
  const slim = new Map(Array.from(scenesOfTasks(tasks), (scene) => [scene.id, scene]));
  const { aoi, season, year } = request;
  const observations = clearPasses(plan).map((pass) => pass.map(({ id }) => slim.get(id)!));
  return { source, window, aoi, season, year, model: model.name, modelId: modelIdentity(model), observations };
}

/** The passes of a plan in order of time, of each dekad the clearest. */
function clearPasses({ request, scenes }: Plan): Scene[][] {
  const season = seasonByName(request.season);
  const passes = groupObservations(scenes);
  const byDekad = Map.groupBy(passes, ([scene]) => dekadIndex(season, request.year, scene.datetime));
  const kept = new Set([...byDekad.values()].flatMap(clearest));
  return passes.filter((pass) => kept.has(pass));
}

const cloudOf = (pass: readonly Scene[]) =>
  pass.reduce((sum, { cloudCover }) => sum + (cloudCover ?? 100), 0) / pass.length;

const clearest = (passes: readonly Scene[][]) =>
  passes.toSorted((a, b) => cloudOf(a) - cloudOf(b)).slice(0, passesOfDekad);

const taskKey = (jobId: string) => `jobs/${jobId}/preview.json`;

/** Where the preview of a job lies, beside its result and no part of it. */
export const previewFile = (jobId: string): string => `${resultPrefix(jobId)}preview.tif`;

const triesKey = (jobId: string) => `jobs/${jobId}/preview-tries.json`;

/** Leaves the task; what was tried of an earlier one does not count. */
export async function storePreviewTask(store: ObjectStore, jobId: string, task: PreviewTask): Promise<void> {
  await store.delete(triesKey(jobId));
  await store.put(taskKey(jobId), Buffer.from(JSON.stringify(task)));
}

/** Null where the job has none. */
export async function readPreviewTask(store: ObjectStore, jobId: string): Promise<PreviewTask | null> {
  const bytes = await store.get(taskKey(jobId));
  return bytes && (JSON.parse(Buffer.from(bytes).toString()) as PreviewTask);
}

/** Notes that a preview is begun, and says how often it was, this time included. */
export async function countPreviewTry(store: ObjectStore, jobId: string): Promise<number> {
  const bytes = await store.get(triesKey(jobId));
  const tries = 1 + (bytes ? Number(Buffer.from(bytes).toString()) : 0);
  await store.put(triesKey(jobId), Buffer.from(String(tries)));
  return tries;
}
