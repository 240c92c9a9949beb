import { claimStitching, finishJob } from '#shared/db/job-lease.ts';
import type { Job } from '#shared/domain/job.ts';
import { partRecords } from '#shared/db/job-progress.ts';
import type { Report } from '#shared/domain/report.ts';
import { checkModelFits } from '#shared/mapping/choose-model.ts';
import { checkSomethingSeen } from '#shared/mapping/check-something-seen.ts';
import { publishMap } from '#shared/mapping/publish-map.ts';
import type { PartRecords } from '#shared/mapping/stitch-parts.ts';
import { readPlan, resultPrefix } from '#shared/mapping/stored-task.ts';
import type { ScoreDeps } from './deps.ts';
import { endOrRetry } from './end-or-retry.ts';
import { holdJob } from './hold-job.ts';
import { runOf } from './run-of.ts';
import { sendBackLost } from './send-back-lost.ts';

/** Stitches a job whose parts are all there, and ends it. */
export async function stitchComplete(jobId: string, deps: ScoreDeps, signal: AbortSignal): Promise<void> {
  const job = await claimStitching(deps.db, jobId);
  if (!job) return;
  await endOrRetry(job, deps, signal, async () => {
    const report = await holdJob(deps.db, job, signal, (held) =>
      publish(job, deps, held).catch((error: unknown) => sendBackLost(error, job, deps, held)),
    );
    if (!report) return;
    const done = await finishJob(deps.db, job, summaryOf(report));
    deps.logger.info(done ? 'Job:Successful' : 'Job:LeaseLost', { jobId, seconds: report.seconds.stitch });
  });
}

async function publish(job: Job, deps: ScoreDeps, signal: AbortSignal): Promise<Report> {
  const plan = await readPlan(deps.store, job.id);
  const records = () => partRecords(deps.db, job.id) as PartRecords;
  await checkSomethingSeen(plan, records());
  const created = deps.now();
  const run = await runOf(deps.db, job.id);
  return publishMap({
    plan,
    records: records(),
    parts: deps.store,
    results: deps.store,
    prefix: resultPrefix(job.id),
    signal,
    facts: {
      source: job.source,
      collection: job.request.collection,
      ...deps.product,
      created: created.toISOString(),
      outsideModel: checkModelFits(plan.model!, { ...job.request, acceptOutsideModel: true }).outside,
      reused: run.reused,
      seconds: { plan: run.planSeconds, compute: run.computeSeconds },
      workers: run.workers,
      peakMemoryBytes: { main: deps.peakMemoryBytes(), worker: run.workerPeakBytes },
    },
  });
}

/** What lists and streams show of a finished job without reading its report. */
function summaryOf({ pixels, classes, meanConfidence, scenes, outsideModel, warnings, files }: Report) {
  return {
    pixels,
    classes,
    meanConfidence,
    scenesUsed: scenes.used.length,
    scenesSkipped: scenes.skipped.length,
    outsideModel,
    warnings,
    files: [
      ...files.map(({ name, bytes, sha256 }) => ({ name, bytes, sha256 })),
      { name: 'report.json' },
      { name: 'item.json' },
    ],
  };
}
