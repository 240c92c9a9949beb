import { failJob } from '#shared/db/end-job.ts';
import { releaseJob } from '#shared/db/job-lease.ts';
import type { Job } from '#shared/domain/job.ts';
import { GeoCropError, type ErrorCode } from '#shared/domain/errors.ts';
import { hidePaths } from '#shared/domain/hide-paths.ts';
import type { ScoreDeps } from './deps.ts';
import { LeaseLostError } from './hold-job.ts';

/** What planning finds of a request that is the request's own doing; anything else counts against nobody's quota. */
const usersFault = new Set<ErrorCode>([
  'invalid-aoi',
  'outside-grid',
  'outside-model',
  'no-scenes',
  'too-few-clear-dates',
]);

/** A back end that is down or full; the step is tried again, as often as a step may be. */
const mayPass = new Set<ErrorCode>(['disk-full', 'unavailable']);

/**
 * Runs a step of a job. What the request or its data is to blame for fails the job with its reason; what may pass lets
 * the job go and throws, so that its message comes back.
 */
export async function endOrRetry(
  job: Job,
  { db, logger }: ScoreDeps,
  signal: AbortSignal,
  step: () => Promise<void>,
): Promise<void> {
  try {
    await step();
  } catch (error) {
    if (error instanceof LeaseLostError) return logger.info('Job:LeaseLost', { jobId: job.id });
    const reason = !signal.aborted && error instanceof GeoCropError ? error : null;
    if (reason && !mayPass.has(reason.code)) return end(job, reason, { db, logger });
    const isAgain = await releaseJob(db, job, { forgive: signal.aborted });
    if (reason && !isAgain) return end(job, reason, { db, logger });
    throw error;
  }
}

async function end(job: Job, { code, message, field }: GeoCropError, deps: Pick<ScoreDeps, 'db' | 'logger'>) {
  const reason = { code, message: hidePaths(message), field };
  await failJob(deps.db, job.id, reason, usersFault.has(code) ? 'user' : 'system', job.lease);
  deps.logger.warn('Job:Failed', { jobId: job.id, code, reason: message });
}
