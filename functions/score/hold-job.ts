import type { Database } from '#shared/db/database.ts';
import { jobLeaseSeconds, renewJob } from '#shared/db/job-lease.ts';
import type { Job } from '#shared/domain/job.ts';

/** Work on a job ended because somebody else has it, or nobody wants it any more. */
export class LeaseLostError extends Error {
  constructor(jobId: string) {
    super(`the lease of job ${jobId} is lost`);
    this.name = 'LeaseLostError';
  }
}

/** Renews a job's lease while `work` runs, and tells it to stop where the lease is lost. */
export async function holdJob<T>(
  db: Database,
  job: Pick<Job, 'id' | 'lease'>,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const lost = new AbortController();
  const renew = async () => {
    // A database that does not answer for a moment is not a lost lease; the fence at the end decides.
    const held = await renewJob(db, job).catch(() => true);
    if (!held) lost.abort(new LeaseLostError(job.id));
  };
  const timer = setInterval(() => void renew(), (jobLeaseSeconds * 1000) / 6);
  try {
    return await work(AbortSignal.any([signal, lost.signal]));
  } finally {
    clearInterval(timer);
  }
}
