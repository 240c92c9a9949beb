import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import type { ModelAnswer } from './messages.ts';

const threadFile = fileURLToPath(new URL('model-thread.ts', import.meta.url));

/** Sends each model that is asked for, once, when a thread of its own has compiled it. */
export function modelSender(send: (answer: ModelAnswer) => void): (name: string) => void {
  const asked = new Set<string>();
  return (name) => {
    if (asked.has(name)) return;
    asked.add(name);
    const thread = new Worker(threadFile, { workerData: name });
    thread.on('message', send);
    thread.on('error', (error) => {
      throw error;
    });
  };
}
