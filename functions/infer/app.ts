import { completePart, failPart, jobsOfPart } from '#shared/db/complete-part.ts';
import type { JobError } from '#shared/domain/job.ts';
import { claimPart, releasePart, renewPart, wasTried, type PartLease } from '#shared/db/part-lease.ts';
import { GeoCropError } from '#shared/domain/errors.ts';
import { hidePaths } from '#shared/domain/hide-paths.ts';
import { findSource } from '#shared/domain/source.ts';
import { BrokenSceneError } from '#shared/mapping/broken-scene.ts';
import { computePart } from '#shared/mapping/compute-part.ts';
import type { PartRecord } from '#shared/mapping/part-record.ts';
import { readTask } from '#shared/mapping/stored-task.ts';
import type { Verdict } from '#shared/queue/consume.ts';
import { chunkMessageSchema, jobsQueue } from '#shared/queue/work-messages.ts';
import type { InferDeps } from './deps.ts';
import { previewJob } from './preview-job.ts';

/**
 * Handles a message of the `chunks` queue: computes the part under a lease and commits it by its token. A job's
 * preview is computed without one: twice the same is harmless.
 */
export function inferHandler(deps: InferDeps) {
  return async (body: unknown, signal: AbortSignal): Promise<Verdict> => {
    const message = chunkMessageSchema.safeParse(body);
    if (!message.success) {
      deps.logger.warn('Message:Refused', { reason: message.error.issues[0].message });
      return 'done';
    }
    if ('previewOf' in message.data) return previewJob(message.data.previewOf, deps, signal);
    const { partKey } = message.data;
    // What was begun before and came to no end may take its worker with it: no other part, and no message, is with it.
    const isAlone = await wasTried(deps.db, partKey);
    return (await deps.company.run(isAlone, () => takePart(partKey, deps, signal))) ?? { anewInSeconds: 1 };
  };
}

async function takePart(key: string, deps: InferDeps, signal: AbortSignal): Promise<Verdict> {
  signal.throwIfAborted();
  const lease = await claimPart(deps.db, key, deps.worker, deps.leases);
  // Done, taken, or wanted by nobody: if its owner vanishes, the reconciler sends it again.
  if (!lease) return 'done';
  // Every line of a part names the jobs that wait for it, so that a job's log can be read.
  const logger = deps.logger.child({ jobs: await jobsOfPart(deps.db, lease.key) });
  return computeLeased(lease, { ...deps, logger }, signal);
}

async function computeLeased(lease: PartLease, deps: InferDeps, signal: AbortSignal): Promise<Verdict> {
  const started = performance.now();
  const beat = heartbeat(lease, deps);
  try {
    const record = await compute(lease, deps, beat.onSceneRead, AbortSignal.any([signal, beat.lost]));
    return await commit(lease, record, deps, started);
  } catch (error) {
    if (beat.lost.aborted) return letGo(lease, deps);
    if (!signal.aborted) return giveUpOrRetry(lease, error, deps);
    await releasePart(deps.db, lease, { forgive: true });
    throw error;
  } finally {
    beat.stop();
  }
}

async function compute(
  { key }: PartLease,
  deps: InferDeps,
  onSceneRead: () => void,
  signal: AbortSignal,
): Promise<PartRecord> {
  const { source, task } = await readTask(deps.store, key);
  const model = task.model === null ? null : await deps.model(task.model, task.modelId);
  const read = deps.reader(findSource(deps.sources, source));
  const { store, release, clock } = deps;
  return computePart(task, { model, read, release, store, onSceneRead, clock, signal });
}

async function commit(lease: PartLease, record: PartRecord, deps: InferDeps, started: number): Promise<Verdict> {
  const complete = await completePart(deps.db, lease, {
    ...record,
    worker: deps.worker,
    peakMemoryBytes: deps.peakMemoryBytes(),
  });
  if (complete === null) return letGo(lease, deps);
  await deps.queue.send(
    jobsQueue,
    complete.map((jobId) => ({ step: 'stitch', jobId })),
  );
  deps.logger.info('Part:Done', { part: lease.key, tries: lease.tries, seconds: (performance.now() - started) / 1000 });
  return 'done';
}

/** The lease is another's, or no running job needs the part: whatever is ours goes back, uncounted. */
async function letGo(lease: PartLease, deps: InferDeps): Promise<Verdict> {
  await releasePart(deps.db, lease, { forgive: true });
  deps.logger.info('Part:Dropped', { part: lease.key });
  return 'done';
}

/** What is broken for good, or has failed too often, ends the part; anything else is tried again after a while. */
async function giveUpOrRetry(lease: PartLease, error: unknown, deps: InferDeps): Promise<Verdict> {
  const reason = jobError(error);
  const isPermanent =
    error instanceof GeoCropError &&
    error.code !== 'source-unavailable' &&
    error.code !== 'disk-full' &&
    error.code !== 'unavailable';
  if (!isPermanent && lease.tries < deps.leases.maxTries) {
    deps.logger.warn('Part:Retry', { part: lease.key, tries: lease.tries, reason: reason.message });
    await releasePart(deps.db, lease, { forgive: false });
    return { retryInSeconds: Math.min(60, 2 ** lease.tries) };
  }
  deps.logger.error('Part:Failed', { part: lease.key, tries: lease.tries, reason: reason.message });
  const ended = await failPart(deps.db, lease, { ...reason, message: hidePaths(reason.message) }, 'system');
  if (ended)
    await deps.queue.send(
      jobsQueue,
      ended.replan.map((jobId) => ({ step: 'plan', jobId })),
    );
  return 'done';
}

function jobError(error: unknown): JobError & { sceneId?: string } {
  if (error instanceof BrokenSceneError) return { code: error.code, message: error.message, sceneId: error.sceneId };
  if (error instanceof GeoCropError) return { code: error.code, message: error.message, field: error.field };
  return { code: 'internal', message: `a part could not be computed: ${(error as Error).message}` };
}

/** Renews the lease while a part is computed; `lost` fires where it is another's or nobody needs it any more. */
function heartbeat(lease: PartLease, { db, leases, logger }: InferDeps) {
  const lost = new AbortController();
  let scenesRead = 0;
  const renew = async () => {
    try {
      if (!(await renewPart(db, lease, scenesRead, leases))) lost.abort(new Error('the lease is lost'));
    } catch (error) {
      // The database may be away for a moment; the fence at the end decides.
      logger.warn('Part:HeartbeatFailed', { part: lease.key, reason: (error as Error).message });
    }
  };
  const timer = setInterval(() => void renew(), leases.heartbeatSeconds * 1000);
  return { lost: lost.signal, onSceneRead: () => void scenesRead++, stop: () => clearInterval(timer) };
}
