import { degreesOfBox } from '#shared/domain/aoi.ts';
import { chunkWindow, windowBox } from '#shared/domain/grid.ts';
import { findSource, type Source } from '#shared/domain/source.ts';
import { claimPlanning, commitPlan, type PlannedPart } from '#shared/db/job-lease.ts';
import type { Job } from '#shared/domain/job.ts';
import { BrokenSceneError } from '#shared/mapping/broken-scene.ts';
import { checkModelFits } from '#shared/mapping/choose-model.ts';
import type { ChunkTask } from '#shared/mapping/chunk-task.ts';
import { planJob, scenesOfTasks, type Plan, type SkippedScene } from '#shared/mapping/plan.ts';
import { stitchPlanOf } from '#shared/mapping/stitch-plan.ts';
import { storePlan, storeTask } from '#shared/mapping/stored-task.ts';
import { jobsQueue } from '#shared/queue/work-messages.ts';
import { askForParts } from './ask-for-parts.ts';
import type { ScoreDeps } from './deps.ts';
import { endOrRetry } from './end-or-retry.ts';
import { holdJob } from './hold-job.ts';
import { askForPreview, degreesOfArea, leaveEarlySight } from './show-early.ts';

/** Plans an accepted job: its chunks become parts, those that nobody has computed become messages. */
export async function planAccepted(jobId: string, deps: ScoreDeps, signal: AbortSignal): Promise<void> {
  const job = await claimPlanning(deps.db, jobId);
  if (!job) return;
  await endOrRetry(job, deps, signal, async () => {
    const source = findSource(deps.sources, job.source);
    const { plan, early } = await holdJob(deps.db, job, signal, async (held) => {
      const made = await planOf(job, source, deps, held);
      await storeWork(made, job.id, source.id, deps, held);
      return { plan: made, early: await leaveEarlySight(made, job.id, source, deps) };
    });
    const told = { clearest: early.clearest, bbox: degreesOfArea(job.request.aoi) };
    const open = await commitPlan(deps.db, job, plan.tasks.map(plannedPart), plan.scenes.length, told);
    if (open === null) return;
    if (early.preview && open.length > 0) await askForPreview(jobId, deps);
    await askForParts(open, deps.queue);
    if (open.length === 0) await deps.queue.send(jobsQueue, [{ step: 'stitch', jobId }]);
    deps.logger.info('Job:Planned', {
      jobId,
      scenes: plan.scenes.length,
      chunks: plan.tasks.length,
      open: open.length,
    });
  });
}

/** Leaves the tasks for whoever computes them, and the plan for whoever stitches. */
async function storeWork(plan: Plan, jobId: string, source: string, { store }: ScoreDeps, signal: AbortSignal) {
  for (const task of plan.tasks) {
    signal.throwIfAborted();
    await storeTask(store, { source, task });
  }
  await storePlan(store, jobId, stitchPlanOf(plan));
}

/** Plans around broken scenes where the job said so; each is recorded. */
async function planOf(job: Job, source: Source, deps: ScoreDeps, signal: AbortSignal): Promise<Plan> {
  const { request } = job;
  const model = await deps.model(request.model!);
  checkModelFits(model, request);
  const search = async (query: Parameters<ScoreDeps['search']>[1]) => deps.search(source, query, signal);
  const today = deps.now().toISOString().slice(0, 10);
  const assetSize = async (href: string) => {
    await deps.assertReadable(source, href);
    return deps.assetSize(href);
  };
  const broken: SkippedScene[] = [...job.broken];
  for (;;) {
    try {
      const plan = await planJob({ request, output: 'map', model, today, search, assetSize, broken, signal });
      await checkAddresses(plan, source, deps);
      return plan;
    } catch (error) {
      if (!(error instanceof BrokenSceneError) || request.onBrokenScene !== 'skip') throw error;
      if (broken.some(({ id }) => id === error.sceneId)) throw error;
      broken.push({ id: error.sceneId, reason: error.message });
    }
  }
}

/** An item may name any address; only those of its source are ever asked. */
async function checkAddresses({ tasks }: Plan, source: Source, { assertReadable }: ScoreDeps): Promise<void> {
  const hrefs = [...scenesOfTasks(tasks)].flatMap(({ assets }) => Object.values(assets).map(({ href }) => href));
  for (const href of new Set(hrefs)) await assertReadable(source, href);
}

const plannedPart = ({ key, chunk, observations }: ChunkTask): PlannedPart => ({
  key,
  box: degreesOfBox(chunk.epsg, windowBox(chunkWindow(chunk))),
  sceneReads: observations.flat().length,
});
