import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import type { ChunkTask } from '#shared/mapping/chunk-task.ts';
import type { ReadAsset } from '#shared/mapping/read-observation.ts';
import type { FromThread, FromWorker, ReadRequest, ToThread } from './messages.ts';
import { packError } from './send-error.ts';

const threadFile = fileURLToPath(new URL('thread.ts', import.meta.url));

/**
 * Starts a thread that computes chunks with what is read for it here. Whatever ends the thread ends the process.
 *
 * @returns gives the thread chunks to compute at once
 */
export function startThread(
  folder: string,
  read: ReadAsset,
  tell: (message: FromWorker) => void,
): (tasks: ChunkTask[]) => void {
  const thread = new Worker(threadFile, { workerData: folder });
  const post = (message: ToThread, transfer: ArrayBuffer[] = []) => thread.postMessage(message, transfer);
  const answer = async ({ id, asset, window }: ReadRequest) => {
    try {
      const samples = await read(asset, window);
      post({ type: 'read', id, samples }, ownMemory(samples));
    } catch (error) {
      post({ type: 'unread', id, error: packError(error) });
    }
  };
  thread.on('message', (message: FromThread) => (message.type === 'read' ? void answer(message) : tell(message)));
  thread.on('error', (error) => {
    throw error;
  });
  return (tasks) => {
    if (tasks.length > 0) post({ type: 'tasks', tasks });
  };
}

/** Memory that holds these samples and nothing else changes hands; other memory is copied. */
function ownMemory(samples: ArrayLike<number>): ArrayBuffer[] {
  if (!ArrayBuffer.isView(samples) || !(samples.buffer instanceof ArrayBuffer)) return [];
  return samples.byteLength === samples.buffer.byteLength ? [samples.buffer] : [];
}
