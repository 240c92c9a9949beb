import { aoiBox, aoiEpsg, degreesOfBox, type Aoi } from '#shared/domain/aoi.ts';
import type { Source } from '#shared/domain/source.ts';
import { clearestOf, clearestScene, type ClearestScene } from '#shared/mapping/clearest-scene.ts';
import { storedScene, storeScene } from '#shared/mapping/clearest-scene-file.ts';
import type { Plan } from '#shared/mapping/plan.ts';
import { previewTask, storePreviewTask } from '#shared/mapping/preview-task.ts';
import { chunksQueue } from '#shared/queue/work-messages.ts';
import type { ScoreDeps } from './deps.ts';

/** What can be shown of a job before its first chunk. */
export interface EarlySight {
  clearest: ClearestScene | null;
  /** Whether a coarse preview can be computed. */
  preview: boolean;
}

/**
 * Leaves the clearest scene and the task of the preview with a job. Nothing of it is needed for the map, so nothing of
 * it fails the job: what goes wrong is logged, and is then not shown.
 */
export async function leaveEarlySight(plan: Plan, jobId: string, source: Source, deps: ScoreDeps): Promise<EarlySight> {
  const failed = (what: string) => (error: unknown) => {
    deps.logger.warn('Job:EarlySightFailed', { jobId, what, reason: (error as Error).message });
    return null;
  };
  const clearest = await leaveScene(plan, jobId, source, deps, failed('band')).catch(failed('scene'));
  const preview = await leavePreview(plan, jobId, source, deps).catch(failed('preview'));
  return { clearest, preview: preview === true };
}

async function leaveScene(
  { request, scenes }: Plan,
  jobId: string,
  source: Source,
  { store, assertReadable, assetSize }: ScoreDeps,
  onRefused: (error: unknown) => void,
): Promise<ClearestScene | null> {
  const scene = clearestScene(scenes, request.aoi);
  if (!scene) return null;
  const access = { assertReadable: (href: string) => assertReadable(source, href), assetSize, onRefused };
  await storeScene(store, jobId, await storedScene(scene, source.id, access));
  return clearestOf(scene);
}

async function leavePreview(plan: Plan, jobId: string, source: Source, { store }: ScoreDeps): Promise<boolean> {
  const task = previewTask(plan, source.id);
  if (task) await storePreviewTask(store, jobId, task);
  return task !== null;
}

/** Asks for the preview, before any chunk is asked for. */
export async function askForPreview(jobId: string, { queue, logger }: ScoreDeps): Promise<void> {
  try {
    await queue.send(chunksQueue, [{ previewOf: jobId }]);
  } catch (error) {
    logger.warn('Job:EarlySightFailed', { jobId, what: 'message', reason: (error as Error).message });
  }
}

/** West, south, east, north of an area, degrees. */
export const degreesOfArea = (aoi: Aoi) => degreesOfBox(aoiEpsg(aoi), aoiBox(aoi));
