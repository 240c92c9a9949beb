import { BrokenSceneError } from '#shared/mapping/broken-scene.ts';
import { checkSomethingSeen } from '#shared/mapping/check-something-seen.ts';
import { findPart, type PartRecord } from '#shared/mapping/part-record.ts';
import type { Plan, SkippedScene } from '#shared/mapping/plan.ts';
import { directoryStore } from '#shared/storage/directory-store.ts';
import type { OutFolder } from './out-folder.ts';
import type { Progress } from './progress.ts';
import { computeInWorkers, type WorkerInputs } from './worker-pool.ts';

export interface JobRun {
  /** Plans the job without these scenes. */
  plan: (broken: readonly SkippedScene[]) => Promise<Plan>;
  folder: OutFolder;
  inputs: WorkerInputs;
  workers: number;
  /** Plan again without a scene that is broken for good, instead of failing by its name. */
  skipBroken: boolean;
  progress: Progress;
  signal: AbortSignal;
}

export interface JobResult {
  plan: Plan;
  records: Map<string, PartRecord>;
  reused: number;
  workerPeakBytes: number;
  seconds: { plan: number; compute: number };
}

/** Plans a job and computes its parts; with the policy `skip`, a broken scene makes it plan again without it. */
export async function runJob(run: JobRun): Promise<JobResult> {
  const broken: SkippedScene[] = [];
  const seconds = { plan: 0, compute: 0 };
  for (;;) {
    try {
      const plan = await timed(seconds, 'plan', () => run.plan(broken));
      const done = await timed(seconds, 'compute', () => computeParts(plan, run));
      return { plan, ...done, seconds };
    } catch (error) {
      const reason = skippable(error, run, broken);
      if (!reason) throw error;
      broken.push(reason);
      run.progress.note(`skipping ${reason.id}: ${reason.reason}`);
    }
  }
}

async function timed<K extends string, T>(into: Record<K, number>, key: K, work: () => Promise<T>): Promise<T> {
  const start = performance.now();
  try {
    return await work();
  } finally {
    into[key] += (performance.now() - start) / 1000;
  }
}

function skippable(error: unknown, run: JobRun, broken: readonly SkippedScene[]): SkippedScene | null {
  if (!(error instanceof BrokenSceneError) || !run.skipBroken) return null;
  const { sceneId: id, message } = error;
  if (broken.some((scene) => scene.id === id)) return null;
  return { id, reason: `broken: ${message.replace(`scene ${id}: `, '')}` };
}

async function computeParts(plan: Plan, { folder, inputs, workers, progress, signal }: JobRun) {
  const store = directoryStore(folder.working);
  const records = new Map<string, PartRecord>();
  for (const { key } of plan.tasks) {
    const record = await findPart(store, key);
    if (record) records.set(key, record);
  }
  const reused = records.size;
  const open = plan.tasks.filter(({ key }) => !records.has(key));
  progress.begin(plan, open);
  const workerPeakBytes = await computeInWorkers(open, {
    ...inputs,
    workers,
    store: folder.working,
    signal,
    onSceneRead: (key) => progress.sceneRead(key),
    onPart: (key, record) => {
      records.set(key, record);
      progress.partDone();
    },
  });
  await checkSomethingSeen(plan, records);
  return { records, reused, workerPeakBytes };
}
