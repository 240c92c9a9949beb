import type { ChildProcess } from 'node:child_process';
import { GeoCropError } from '#shared/domain/errors.ts';
import type { ChunkTask } from '#shared/mapping/chunk-task.ts';
import { groupChunks } from '#shared/mapping/group-chunks.ts';
import { giveTasks, startWorker, type TaskListener } from './worker/child.ts';
import type { WorkerSetup } from './worker/messages.ts';

const maxTries = 2;
/** Threads of one process: more would wait for the one that reads. */
const maxThreads = 4;
/** Chunks that a thread computes at once where memory allows. */
const chunksPerThread = 4;
/** What a chunk takes of memory at most, bytes: the medians of a season and what is being read. */
const chunkMemory = 120 * 2 ** 20;

/** What workers need of this process. */
export type WorkerInputs = Pick<WorkerSetup, 'assets' | 'model'>;

export interface PoolOptions extends WorkerInputs, TaskListener {
  /** Chunks are computed by so many threads. */
  workers: number;
  /** Folder of the part store. */
  store: string;
  signal: AbortSignal;
}

interface Group {
  tasks: ChunkTask[];
  tries: number;
}

/**
 * Computes tasks in child processes, neighbouring ones at once, so that each reads what they share once. The first
 * failure ends all; parts that are finished stay in the store. What a child that died has left is tried once more, each
 * chunk alone.
 *
 * @returns the peak memory of the largest worker, bytes
 */
export async function computeInWorkers(tasks: readonly ChunkTask[], options: PoolOptions): Promise<number> {
  const { processes, threads, atOnce } = layoutOf(options.workers);
  const queue = groupChunks(tasks, processes, atOnce).map((group): Group => {
    return { tasks: group, tries: 0 };
  });
  const {
    store,
    model,
    assets: { s3, http },
  } = options;
  const setup: WorkerSetup = { type: 'setup', threads, store, model, assets: { s3, http } };
  const children = new Set<ChildProcess>();
  let stopped = false;
  const stop = () => {
    stopped = true;
    children.forEach((child) => child.kill('SIGKILL'));
  };
  options.signal.addEventListener('abort', stop);
  let peak = 0;

  function start(): ChildProcess {
    const child = startWorker(setup);
    children.add(child);
    child.on('exit', () => children.delete(child));
    return child;
  }

  async function runOne(): Promise<void> {
    let child = start();
    for (let next = queue.shift(); next; next = queue.shift()) {
      options.signal.throwIfAborted();
      const { left, peakBytes } = await giveTasks(child, next.tasks, options);
      peak = Math.max(peak, peakBytes);
      if (left.length === 0) continue;
      options.signal.throwIfAborted();
      // Another task has failed and ended all children, this one too.
      if (stopped) return;
      const tries = next.tries + 1;
      if (tries >= maxTries) throw workerDied(left[0]);
      queue.unshift(...left.map((task) => ({ tasks: [task], tries })));
      child = start();
    }
  }

  try {
    await Promise.all(Array.from({ length: Math.min(processes, queue.length) }, runOne));
    // They end by themselves, and keep their compiled code for the next run.
    children.forEach((child) => child.disconnect());
    return peak;
  } catch (error) {
    stop();
    throw error;
  } finally {
    queue.length = 0;
    options.signal.removeEventListener('abort', stop);
  }
}

/** How many processes, threads in each, and chunks that each computes at once; half of the free memory is for them. */
export function layoutOf(workers: number): { processes: number; threads: number; atOnce: number } {
  const processes = Math.ceil(workers / maxThreads);
  const threads = Math.ceil(workers / processes);
  const room = Math.floor(process.availableMemory() / 2 / processes / chunkMemory);
  return { processes, threads, atOnce: Math.max(1, Math.min(threads * chunksPerThread, room)) };
}

const workerDied = ({ chunk }: ChunkTask) =>
  new GeoCropError(
    'worker-died',
    `the worker that computed chunk ${chunk.col},${chunk.row} was killed ${maxTries} times, most likely for want of memory; try fewer --workers`,
  );
