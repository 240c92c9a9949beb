import { degreesOfBox } from '#shared/domain/aoi.ts';
import { chunkWindow, windowBox } from '#shared/domain/grid.ts';
import { findSource, type Source } from '#shared/domain/source.ts';
import { announceParts, commitPlan, type PlannedPart } from '#shared/db/commit-plan.ts';
import { claimPlanning } from '#shared/db/job-lease.ts';
import type { Job } from '#shared/domain/job.ts';
import { checkModelFits } from '#shared/mapping/choose-model.ts';
import type { ChunkTask } from '#shared/mapping/chunk-task.ts';
import { planForSource } from '#shared/mapping/plan-for-source.ts';
import type { Plan } from '#shared/mapping/plan.ts';
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
    await askForWork(jobId, open, early.preview, deps);
    deps.logger.info('Job:Planned', {
      jobId,
      scenes: plan.scenes.length,
      chunks: plan.tasks.length,
      open: open.length,
    });
  });
}

/** Leaves the tasks for whoever computes them, and the plan for whoever stitches. */
async function storeWork(plan: Plan, jobId: string, source: string, { db, store }: ScoreDeps, signal: AbortSignal) {
  await announceParts(db, plan.tasks.map(plannedPart));
  for (const task of plan.tasks) {
    signal.throwIfAborted();
    await storeTask(store, { source, task });
  }
  await storePlan(store, jobId, stitchPlanOf(plan));
}

/** Plans around what was found to be broken before, too. */
async function planOf(job: Job, source: Source, deps: ScoreDeps, signal: AbortSignal): Promise<Plan> {
  const { request, broken } = job;
  const model = await deps.model(request.model!);
  checkModelFits(model, request);
  const today = deps.now().toISOString().slice(0, 10);
  return planForSource(request, { source, model, today, broken }, deps, signal);
}

/** Asks workers for what is open. A message that cannot be sent is as one that is lost: the reconciler sends it again. */
async function askForWork(jobId: string, open: string[], hasPreview: boolean, deps: ScoreDeps): Promise<void> {
  try {
    if (hasPreview && open.length > 0) await askForPreview(jobId, deps);
    await askForParts(open, deps.queue);
    if (open.length === 0) await deps.queue.send(jobsQueue, [{ step: 'stitch', jobId }]);
  } catch (error) {
    deps.logger.warn('Queue:SendFailed', { jobId, error });
  }
}

const plannedPart = ({ key, chunk, observations }: ChunkTask): PlannedPart => ({
  key,
  box: degreesOfBox(chunk.epsg, windowBox(chunkWindow(chunk))),
  sceneReads: observations.flat().length,
});
