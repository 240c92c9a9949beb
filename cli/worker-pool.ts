import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { GeoCropError } from '#shared/domain/errors.ts';
import type { ChunkTask } from '#shared/mapping/chunk-task.ts';
import type { PartRecord } from '#shared/mapping/part-record.ts';
import { groupChunks } from '#shared/mapping/group-chunks.ts';
import type { FromWorker, Order, WorkerSetup } from './worker/messages.ts';
import { unpackError } from './worker/send-error.ts';

const workerFile = fileURLToPath(new URL('worker/main.ts', import.meta.url));
const maxTries = 2;
/** Threads of one process: more would wait for the one that reads. */
const maxThreads = 4;
/** Chunks that a thread computes at once where memory allows. */
const chunksPerThread = 4;
/** What a chunk takes of memory at most, bytes: the medians of a season and what is being read. */
const chunkMemory = 120 * 2 ** 20;

/** What workers need of this process. */
export type WorkerInputs = Pick<WorkerSetup, 'assets' | 'model'>;

export interface PoolOptions extends WorkerInputs {
  /** Chunks are computed by so many threads. */
  workers: number;
  /** Folder of the part store. */
  store: string;
  onSceneRead: (key: string, sceneId: string) => void;
  onPart: (key: string, record: PartRecord) => void;
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

  async function runOne(): Promise<void> {
    let child = start(setup, children);
    for (let next = queue.shift(); next; next = queue.shift()) {
      options.signal.throwIfAborted();
      const { left, peakBytes } = await ask(child, next.tasks, options);
      peak = Math.max(peak, peakBytes);
      if (left.length === 0) continue;
      options.signal.throwIfAborted();
      // Another task has failed and ended all children, this one too.
      if (stopped) return;
      const tries = next.tries + 1;
      if (tries >= maxTries) throw workerDied(left[0]);
      queue.unshift(...left.map((task) => ({ tasks: [task], tries })));
      child = start(setup, children);
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

/** Small collections come often, and a thread does its own sooner than it wakes others for it. */
const execArgv = ['--max-semi-space-size=2', '--no-parallel-scavenge'];

function start(setup: WorkerSetup, children: Set<ChildProcess>): ChildProcess {
  const child = fork(workerFile, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'], execArgv });
  children.add(child);
  child.on('exit', () => children.delete(child));
  // A child that cannot be started has no exit; it counts as one that died.
  child.on('error', () => child.emit('exit', null, null));
  child.send(setup, () => {});
  return child;
}

const workerDied = ({ chunk }: ChunkTask) =>
  new GeoCropError(
    'worker-died',
    `the worker that computed chunk ${chunk.col},${chunk.row} was killed ${maxTries} times, most likely for want of memory; try fewer --workers`,
  );

interface Outcome {
  /** Tasks that the child did not finish before it died. */
  left: ChunkTask[];
  peakBytes: number;
}

/** Gives a child a few tasks; resolves when all are done or the child ended. */
function ask(child: ChildProcess, tasks: ChunkTask[], { onSceneRead, onPart }: PoolOptions): Promise<Outcome> {
  const outcome: Outcome = { left: tasks, peakBytes: 0 };
  return new Promise((resolve, reject) => {
    const finish = (act: () => void) => {
      child.off('message', onMessage);
      child.off('exit', onExit);
      act();
    };
    const onExit = () => finish(() => resolve(outcome));
    const onMessage = (message: FromWorker) => {
      if (message.type === 'scene') onSceneRead(message.key, message.sceneId);
      if (message.type === 'failed') finish(() => reject(unpackError(message.error)));
      if (message.type !== 'done') return;
      onPart(message.key, message.record);
      outcome.left = outcome.left.filter(({ key }) => key !== message.key);
      outcome.peakBytes = Math.max(outcome.peakBytes, message.peakMemoryBytes);
      if (outcome.left.length === 0) onExit();
    };
    child.on('message', onMessage);
    child.on('exit', onExit);
    const order: Order = { type: 'tasks', tasks };
    // A child that is gone already answers by its exit event.
    if (child.connected) child.send(order, () => {});
    else onExit();
  });
}
