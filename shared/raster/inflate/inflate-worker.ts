import { parentPort } from 'node:worker_threads';
import { serveInflates } from './serve-inflates.ts';

/** A thread of `InflatePool`. */
if (!parentPort) throw new Error('this is a thread of InflatePool, and no program');
serveInflates(parentPort, true);
