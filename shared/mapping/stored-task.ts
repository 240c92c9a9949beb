import type { ObjectStore } from '#shared/storage/object-store.ts';
import type { ChunkTask } from './chunk-task.ts';
import type { StitchPlan } from './stitch-plan.ts';

/** A task as planning leaves it for whoever computes it: with the source whose files it may read. */
export interface StoredTask {
  source: string;
  task: ChunkTask;
}

const taskKey = (partKey: string) => `tasks/${partKey}.json`;
const planKey = (jobId: string) => `jobs/${jobId}/plan.json`;

const bytesOf = (value: unknown) => Buffer.from(JSON.stringify(value));

async function read<T>(store: ObjectStore, key: string): Promise<T> {
  const bytes = await store.get(key);
  if (!bytes) throw new Error(`the object ${key} is missing`);
  return JSON.parse(Buffer.from(bytes).toString()) as T;
}

export const storeTask = (store: ObjectStore, stored: StoredTask): Promise<void> =>
  store.put(taskKey(stored.task.key), bytesOf(stored));
export const readTask = (store: ObjectStore, partKey: string): Promise<StoredTask> => read(store, taskKey(partKey));

export const storePlan = (store: ObjectStore, jobId: string, plan: StitchPlan): Promise<void> =>
  store.put(planKey(jobId), bytesOf(plan));
export const readPlan = (store: ObjectStore, jobId: string): Promise<StitchPlan> => read(store, planKey(jobId));

export const removeTask = (store: ObjectStore, partKey: string): Promise<void> => store.delete(taskKey(partKey));

/** So many tell how long all are: those of one season name the same scenes. */
const measuredTasks = 100;

/** Bytes of the tasks of these parts, nearly: of many, some are measured. Keys come in the order of their hashes. */
export async function taskBytes(store: ObjectStore, partKeys: readonly string[]): Promise<number> {
  if (partKeys.length === 0) return 0;
  const some = partKeys.slice(0, measuredTasks);
  const sizes = await Promise.all(some.map((key) => store.size(taskKey(key))));
  const bytes = sizes.reduce<number>((sum, size) => sum + (size ?? 0), 0);
  return Math.round((bytes / some.length) * partKeys.length);
}

/** Where the files of a job's result lie. */
export const resultPrefix = (jobId: string): string => `results/${jobId}/`;

/** Where everything lies that is a job's own: its result, its plan and what was shown early. */
export const jobPrefixes = (jobId: string): string[] => [resultPrefix(jobId), `jobs/${jobId}/`];
