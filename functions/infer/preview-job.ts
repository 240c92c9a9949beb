import { addPreviewEvent } from '#shared/db/events.ts';
import { findJob } from '#shared/db/job-row.ts';
import { findSource } from '#shared/domain/source.ts';
import { computePreview } from '#shared/mapping/compute-preview.ts';
import { countPreviewTry, previewFile, readPreviewTask } from '#shared/mapping/preview-task.ts';
import type { Verdict } from '#shared/queue/consume.ts';
import type { InferDeps } from './deps.ts';

/** Begun so often at most: of a worker that is killed, or stopped, the preview is begun once more. */
const maxTries = 2;

/**
 * Computes the coarse preview of a running job and tells of it. It is worth something only before the chunks are
 * there, so it takes no longer than its limit, ends with the job, and its failure is logged and nothing else.
 */
export async function previewJob(jobId: string, deps: InferDeps, signal: AbortSignal): Promise<Verdict> {
  const started = performance.now();
  const logger = deps.logger.child({ jobs: [jobId] });
  if (!(await isComputing(jobId, deps))) return 'done';
  const watch = watchJob(jobId, deps);
  const limit = AbortSignal.timeout(deps.previewSeconds.limit * 1000);
  try {
    const shown = await makePreview(jobId, { ...deps, logger }, AbortSignal.any([signal, watch.ended, limit]));
    logger.info(shown ? 'Preview:Done' : 'Preview:Dropped', { seconds: (performance.now() - started) / 1000 });
  } catch (error) {
    // Handed back on the way out, so that the next worker makes it.
    if (signal.aborted) throw error;
    logger.warn('Preview:Failed', { reason: (error as Error).message });
  } finally {
    watch.stop();
  }
  return 'done';
}

async function makePreview(jobId: string, deps: InferDeps, signal: AbortSignal): Promise<boolean> {
  const task = await readPreviewTask(deps.store, jobId);
  if (!task?.model || (await countPreviewTry(deps.store, jobId)) > maxTries) return false;
  const model = await deps.model(task.model, task.modelId);
  const unread = { files: 0, reason: '' };
  const onUnread = (error: unknown) => void (unread.files++, (unread.reason ||= (error as Error).message));
  const read = deps.previewReader(findSource(deps.sources, task.source));
  const bytes = await computePreview(task, { model, read, onUnread, signal });
  if (unread.files > 0) deps.logger.warn('Preview:Unread', unread);
  signal.throwIfAborted();
  if (!bytes) return false;
  await deps.store.put(previewFile(jobId), bytes);
  return addPreviewEvent(deps.db, jobId);
}

const isComputing = async (jobId: string, { db }: InferDeps): Promise<boolean> => {
  const job = await findJob(db, jobId, null);
  return job?.state === 'running' && job.phase === 'computing';
};

/** `ended` fires when the job's chunks are done, or nobody wants them any more. */
function watchJob(jobId: string, deps: InferDeps) {
  const ended = new AbortController();
  const look = async () => {
    // A database that does not answer for a moment says nothing of the job.
    if (!(await isComputing(jobId, deps).catch(() => true)))
      ended.abort(new Error('the job needs no preview any more'));
  };
  const timer = setInterval(() => void look(), deps.previewSeconds.check * 1000);
  return { ended: ended.signal, stop: () => clearInterval(timer) };
}
