import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { GeoCropError } from '#shared/domain/errors.ts';
import type { ChunkTask } from '#shared/mapping/chunk-task.ts';
import type { PartRecord } from '#shared/mapping/part.ts';
import type { FromWorker, ToWorker } from './worker/messages.ts';
import { unpackError } from './worker/send-error.ts';

const workerFile = fileURLToPath(new URL('worker/main.ts', import.meta.url));
const maxTries = 2;

export interface PoolOptions {
  workers: number;
  /** Folder of the part store. */
  store: string;
  onSceneRead: (key: string, sceneId: string) => void;
  onPart: (key: string, record: PartRecord) => void;
  signal: AbortSignal;
}

/**
 * Computes tasks in child processes, one task per child at a time. The first failure ends all; parts that are finished
 * stay in the store. A child that dies is replaced once per task.
 *
 * @returns the peak memory of the largest worker, bytes
 */
export async function computeInWorkers(tasks: readonly ChunkTask[], options: PoolOptions): Promise<number> {
  const queue = tasks.map((task) => ({ task, tries: 0 }));
  const children = new Set<ChildProcess>();
  let stopped = false;
  const stop = () => {
    stopped = true;
    children.forEach((child) => child.kill('SIGKILL'));
  };
  options.signal.addEventListener('abort', stop);
  let peak = 0;

  async function runOne(): Promise<void> {
    let child = start(options.store, children);
    for (let next = queue.shift(); next; next = queue.shift()) {
      options.signal.throwIfAborted();
      const outcome = await ask(child, next.task, options);
      if (outcome !== 'died') {
        peak = Math.max(peak, outcome);
        continue;
      }
      options.signal.throwIfAborted();
      // Another task has failed and ended all children, this one too.
      if (stopped) return;
      if (++next.tries >= maxTries) throw workerDied(next.task);
      queue.unshift(next);
      child = start(options.store, children);
    }
  }

  try {
    await Promise.all(Array.from({ length: Math.min(options.workers, tasks.length) }, runOne));
    return peak;
  } finally {
    queue.length = 0;
    options.signal.removeEventListener('abort', stop);
    stop();
  }
}

function start(store: string, children: Set<ChildProcess>): ChildProcess {
  const child = fork(workerFile, [store], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  children.add(child);
  child.on('exit', () => children.delete(child));
  // A child that cannot be started has no exit; it counts as one that died.
  child.on('error', () => child.emit('exit', null, null));
  return child;
}

const workerDied = ({ chunk }: ChunkTask) =>
  new GeoCropError(
    'worker-died',
    `the worker that computed chunk ${chunk.col},${chunk.row} was killed ${maxTries} times, most likely for want of memory; try fewer --workers`,
  );

/** Gives a child one task; resolves with its peak memory, or 'died' where the child ended first. */
function ask(child: ChildProcess, task: ChunkTask, { onSceneRead, onPart }: PoolOptions): Promise<number | 'died'> {
  return new Promise((resolve, reject) => {
    const finish = (act: () => void) => {
      child.off('message', onMessage);
      child.off('exit', onExit);
      act();
    };
    const onExit = () => finish(() => resolve('died'));
    const onMessage = (message: FromWorker) => {
      if (message.type === 'scene') onSceneRead(message.key, message.sceneId);
      if (message.type === 'failed') finish(() => reject(unpackError(message.error)));
      if (message.type !== 'done') return;
      onPart(message.key, message.record);
      finish(() => resolve(message.peakMemoryBytes));
    };
    child.on('message', onMessage);
    child.on('exit', onExit);
    const order: ToWorker = { type: 'task', task };
    // A child that is gone already answers by its exit event.
    if (child.connected) child.send(order, () => {});
    else onExit();
  });
}
