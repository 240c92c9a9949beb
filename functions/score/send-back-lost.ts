import { partRecords } from '#shared/db/job-progress.ts';
import { sendBackParts } from '#shared/db/send-back-parts.ts';
import { GeoCropError } from '#shared/domain/errors.ts';
import type { Job } from '#shared/domain/job.ts';
import { partFile } from '#shared/mapping/stored-part.ts';
import { askForParts } from './ask-for-parts.ts';
import type { ScoreDeps } from './deps.ts';

/**
 * A job that cannot be stitched because files of its parts are not there, whoever removed them, waits until they are
 * computed once more. Any other failure is thrown on.
 */
export async function sendBackLost(
  failure: unknown,
  job: Job,
  { db, store, queue, logger }: ScoreDeps,
  signal: AbortSignal,
): Promise<null> {
  if (signal.aborted || failure instanceof GeoCropError) throw failure;
  const lost: string[] = [];
  for await (const [key] of partRecords(db, job.id)) {
    signal.throwIfAborted();
    if ((await store.size(partFile(key))) === null) lost.push(key);
  }
  if (lost.length === 0 || !(await sendBackParts(db, job, lost))) throw failure;
  logger.warn('Parts:Lost', { jobId: job.id, parts: lost.length });
  await askForParts(lost, queue);
  return null;
}
