import { parentPort, receiveMessageOnPort } from 'node:worker_threads';
import { Inflater, type InflateJob } from './inflater.ts';

/** A thread of `InflatePool`: it tells its memory, takes jobs, and gives their results. */
const port = parentPort;
if (!port) throw new Error('this is a thread of InflatePool, and no program');

const inflater = new Inflater();
const waiting: InflateJob[] = [];

function takeJobs(): void {
  for (let next = receiveMessageOnPort(port!); next; next = receiveMessageOnPort(port!))
    waiting.push(next.message as InflateJob);
  while (inflater.hasRoom && waiting.length > 0) inflater.start(waiting.shift()!);
}

port.on('message', (job: InflateJob) => {
  waiting.push(job);
  do {
    takeJobs();
    const result = inflater.step();
    if (result) port.postMessage(result);
  } while (!inflater.isIdle || waiting.length > 0);
});
port.postMessage(inflater.memory);
