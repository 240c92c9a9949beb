import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import type { FoundModel, ModelAnswer } from './messages.ts';

const threadFile = fileURLToPath(new URL('model-thread.ts', import.meta.url));

/** Compiles a model in a thread of its own and sends what came of it. */
export function compileModel(model: FoundModel, send: (answer: ModelAnswer) => void): void {
  const thread = new Worker(threadFile, { workerData: model });
  thread.on('message', send);
  thread.on('error', (error) => {
    throw error;
  });
}
