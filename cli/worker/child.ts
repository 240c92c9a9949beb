import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { ChunkTask } from '#shared/mapping/chunk-task.ts';
import type { PartRecord } from '#shared/mapping/part-record.ts';
import type { FromWorker, Order, WorkerSetup } from './messages.ts';
import { unpackError } from './send-error.ts';

const workerFile = fileURLToPath(new URL('main.ts', import.meta.url));

/** Is told how a child comes on. */
export interface TaskListener {
  onSceneRead: (key: string, sceneId: string) => void;
  onPart: (key: string, record: PartRecord) => void;
}

/** Small collections come often, and a thread does its own sooner than it wakes others for it. */
const execArgv = ['--max-semi-space-size=1', '--no-parallel-scavenge'];

/** A process that computes; it ends with this one, or when it is disconnected. */
export function startWorker(setup: WorkerSetup): ChildProcess {
  const child = fork(workerFile, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'], execArgv });
  // A child that cannot be started has no exit; it counts as one that died.
  child.on('error', () => child.emit('exit', null, null));
  child.send(setup, () => {});
  return child;
}

export interface Outcome {
  /** Tasks that the child did not finish before it died. */
  left: ChunkTask[];
  peakBytes: number;
}

/** Gives a child a few tasks; resolves when all are done or the child ended. */
export function giveTasks(
  child: ChildProcess,
  tasks: ChunkTask[],
  { onSceneRead, onPart }: TaskListener,
): Promise<Outcome> {
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
