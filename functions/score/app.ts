import { jobMessageSchema } from '#shared/queue/work-messages.ts';
import type { Verdict } from '#shared/queue/consume.ts';
import type { ScoreDeps } from './deps.ts';
import { planAccepted } from './plan-job.ts';
import { stitchComplete } from './stitch-job.ts';

/** Handles a message of the `jobs` queue: plans a job or stitches it. Every message may come twice. */
export function scoreHandler(deps: ScoreDeps) {
  return async (body: unknown, signal: AbortSignal): Promise<Verdict> => {
    const message = jobMessageSchema.safeParse(body);
    if (!message.success) {
      deps.logger.warn('Message:Refused', { reason: message.error.issues[0].message });
      return 'done';
    }
    const { step, jobId } = message.data;
    await (step === 'plan' ? planAccepted : stitchComplete)(jobId, deps, signal);
    return 'done';
  };
}
