import type { ChaosPromise, Row } from './promise.ts';
import { openIo } from './open-io.ts';

export interface RunOptions {
  /** Of each goal, more than 0 and at most 1. */
  share: number;
  seed: number;
  /** Where `npm run services:get` has put the servers. */
  cache: string;
  /** Tells of the progress. */
  say: (text: string) => void;
}

/** Tries to break these promises one after the other. A trial that cannot be carried out is a promise not kept. */
export async function runPromises(
  promises: readonly ChaosPromise[],
  { share, seed, say, cache }: RunOptions,
): Promise<Row[]> {
  const opened = openIo(seed, say, cache);
  const rows: Row[] = [];
  try {
    for (const promise of promises) {
      const goal = Math.min(promise.goal, Math.max(promise.least ?? 1, Math.ceil(promise.goal * share)));
      const began = performance.now();
      say(`${promise.name}: ${goal} attempts`);
      rows.push(...(await rowsOf(promise, goal, opened.ioOf(promise.name))));
      say(`${promise.name}: done after ${((performance.now() - began) / 1000).toFixed(1)} s`);
    }
    return rows;
  } finally {
    await opened.close();
  }
}

async function rowsOf(promise: ChaosPromise, goal: number, io: Parameters<ChaosPromise['run']>[1]): Promise<Row[]> {
  try {
    const outcome = await promise.run(goal, io);
    return Array.isArray(outcome) ? outcome : [{ ...outcome, goal }];
  } catch (error) {
    io.say((error as Error).stack ?? String(error));
    return [{ promise: `${promise.name}: ${(error as Error).message.slice(0, 200)}`, tried: goal, kept: 0, goal }];
  }
}

/** Whether every attempt succeeded, and there were as many as there must be. */
export const allKept = (rows: readonly Row[]): boolean =>
  rows.every(({ tried, kept, goal }) => kept === tried && tried >= goal);
