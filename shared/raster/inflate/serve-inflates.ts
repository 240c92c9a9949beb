import { receiveMessageOnPort, type MessagePort } from 'node:worker_threads';
import { Inflater, type InflateJob } from './inflater.ts';

/**
 * Tells the memory of this thread's decoder, takes jobs, and gives their results.
 *
 * @param isAlone whether the thread has nothing else to do; else that has its turn after each stream
 */
export function serveInflates(port: MessagePort, isAlone: boolean): void {
  const inflater = new Inflater();
  const waiting: InflateJob[] = [];
  let isAtWork = false;

  function takeJobs(): void {
    for (let next = receiveMessageOnPort(port); next; next = receiveMessageOnPort(port))
      waiting.push(next.message as InflateJob);
    while (inflater.hasRoom && waiting.length > 0) inflater.start(waiting.shift()!);
  }

  /** Goes on until a stream has come to its end. */
  function decode(): void {
    let result = null;
    do {
      takeJobs();
      result = inflater.step();
    } while (!result && !inflater.isIdle);
    if (result) port.postMessage(result);
    isAtWork = !inflater.isIdle || waiting.length > 0;
  }

  function work(): void {
    do decode();
    while (isAtWork && isAlone);
    if (isAtWork) setImmediate(work);
  }

  port.on('message', (job: InflateJob) => {
    waiting.push(job);
    if (!isAtWork) work();
  });
  port.postMessage(inflater.memory);
}
