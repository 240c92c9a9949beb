import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import type { ReadAsset } from '#shared/mapping/read-observation.ts';
import { inBatches } from './in-batches.ts';
import type { FromThread, FromWorker, ModelAnswer, Order, ReadRequest, ThreadSetup, ToThread } from './messages.ts';
import { packError } from './send-error.ts';

const threadFile = fileURLToPath(new URL('thread.ts', import.meta.url));

/**
 * Starts a thread that computes chunks with what is read for it here. Whatever ends the thread ends the process.
 *
 * @param release told of what was read and the thread needs no more
 * @returns gives the thread chunks to compute at once, and the model for them
 */
export function startThread(
  setup: ThreadSetup,
  read: ReadAsset,
  release: (samples: ArrayLike<number>) => void,
  tell: (message: FromWorker) => void,
): (message: Order | ModelAnswer) => void {
  const thread = new Worker(threadFile, { workerData: setup, transferList: [setup.blocks] });
  const post = inBatches(
    (messages: ToThread[]) => thread.postMessage(messages, messages.flatMap(ownMemory)),
    setImmediate,
  );
  const inUse = new Map<number, ArrayLike<number>>();
  const answer = async ({ id, asset, window }: ReadRequest) => {
    try {
      const samples = await read(asset, window);
      inUse.set(id, samples);
      post({ type: 'read', id, samples });
    } catch (error) {
      post({ type: 'unread', id, error: packError(error) });
    }
  };
  const done = (id: number) => {
    release(inUse.get(id)!);
    inUse.delete(id);
  };
  const take = (message: FromThread) => {
    if (message.type === 'read') void answer(message);
    else if (message.type === 'read-done') done(message.id);
    else tell(message);
  };
  thread.on('message', (messages: FromThread[]) => messages.forEach(take));
  thread.on('error', (error) => {
    throw error;
  });
  return post;
}

/** Memory that holds the samples of an answer and nothing else changes hands; other memory is copied. */
function ownMemory(message: ToThread): ArrayBuffer[] {
  if (message.type !== 'read') return [];
  const { samples } = message;
  if (!ArrayBuffer.isView(samples) || !(samples.buffer instanceof ArrayBuffer)) return [];
  return samples.byteLength === samples.buffer.byteLength ? [samples.buffer] : [];
}
