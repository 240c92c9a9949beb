import { giveUpPart } from '#shared/db/complete-part.ts';
import { failJob } from '#shared/db/end-job.ts';
import { maxJobTries } from '#shared/db/job-lease.ts';
import { dueNow, findLostWork, type LostWork } from '#shared/db/lost-work.ts';
import type { App } from '#shared/http/create-app.ts';
import type { Queue } from '#shared/queue/queue.ts';
import { chunksQueue, jobsQueue, type JobMessage } from '#shared/queue/work-messages.ts';
import type { JobsDeps } from './deps.ts';

const everySeconds = 20;
/** With more messages than this in the queue, a part that waits is not taken for one that was lost. */
const manyMessages = 1000;

const stuckError = {
  code: 'internal',
  message: `planning or stitching was begun ${maxJobTries} times and never ended well; the operator finds the reason in the log`,
};

/**
 * Sends again what the queue lost and gives up what nobody could compute. A timer calls it; it needs no token, for it
 * does nothing but put right what should be, and at most every 20 seconds whoever calls.
 */
export function addReconcile(app: App, { db, queue, maxTries }: JobsDeps): void {
  app.post('/jobs/-/reconcile', async (c) => {
    if (!(await dueNow(db, 'reconcile', everySeconds))) return c.json({ due: false });
    const { ready } = await queue.counts(chunksQueue);
    const lost = await findLostWork(db, maxTries, { withParts: ready < manyMessages });
    const jobs = await withoutMessage(lost, queue);
    const counts = {
      plan: jobs.filter(({ step }) => step === 'plan').length,
      stitch: jobs.filter(({ step }) => step === 'stitch').length,
      parts: lost.parts.length,
      exhausted: lost.exhausted.length,
      stuck: lost.stuck.length,
    };
    for (const key of lost.exhausted) {
      const ended = await giveUpPart(db, key, maxTries);
      jobs.push(...(ended?.replan ?? []).map((jobId): JobMessage => ({ step: 'plan', jobId })));
    }
    for (const id of lost.stuck) await failJob(db, id, stuckError, 'system');
    await queue.send(jobsQueue, jobs);
    await queue.send(
      chunksQueue,
      lost.parts.map((partKey) => ({ partKey })),
    );
    if (Object.values(counts).some((count) => count > 0)) c.var.log.warn('Work:Restored', counts);
    return c.json({ due: true, ...counts });
  });
}

/** What to ask for jobs that wait; nothing where as many messages are in the queue: theirs are most likely among them. */
async function withoutMessage({ plan, stitch }: LostWork, queue: Queue): Promise<JobMessage[]> {
  const jobs = [
    ...plan.map((jobId): JobMessage => ({ step: 'plan', jobId })),
    ...stitch.map((jobId): JobMessage => ({ step: 'stitch', jobId })),
  ];
  if (jobs.length === 0) return [];
  const { ready } = await queue.counts(jobsQueue);
  return ready < jobs.length ? jobs : [];
}
