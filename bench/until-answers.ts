import type { ChildProcess } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';

const patienceMs = 60_000;

/** Waits until an address answers well; fails when the process ends, or after a minute. */
export async function untilAnswers(url: string, child: ChildProcess): Promise<void> {
  for (const end = Date.now() + patienceMs; Date.now() < end; await sleep(50)) {
    if (child.exitCode !== null || child.signalCode !== null)
      throw new Error(`${child.spawnfile} ended with ${child.exitCode ?? child.signalCode} before it answered`);
    const answer = await fetch(url).catch(() => null);
    await answer?.arrayBuffer();
    if (answer?.ok) return;
  }
  child.kill('SIGKILL');
  throw new Error(`${child.spawnfile} did not answer at ${url} within ${patienceMs / 1000} s`);
}
