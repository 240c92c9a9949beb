import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { sourceStarter } from '../function-starters.ts';
import { openDoor } from '../gateway/door.ts';
import { openRuntime } from '../open-runtime.ts';
import type { Runtime, RuntimeLine, RuntimeOptions } from '../runtime-options.ts';
import { manifestFolder } from './manifests.ts';
import { temporaryFolder } from './temporary-folder.ts';

/** Where the test functions lie. */
export const testFunctions = join(import.meta.dirname, 'functions');

export interface TestRuntime extends Runtime {
  url: string;
  lines: RuntimeLine[];
  /** What a function wrote so far. */
  output(name: string): string[];
}

/** A runtime over the given manifests on any port, closed at the end of the test. Every Service runs `contract`. */
export async function openTestRuntime(
  objects: Record<string, unknown>[],
  options: Partial<RuntimeOptions> = {},
): Promise<TestRuntime> {
  const lines: RuntimeLine[] = [];
  const start = sourceStarter(process.execPath, testFunctions, testFunctions);
  const door = await openDoor({ host: '127.0.0.1', port: 0 });
  onTestFinished(() => door.close());
  const runtime = await openRuntime({
    manifests: await manifestFolder(objects),
    door,
    command: (name) => start(name.startsWith('worker') ? 'worker' : 'contract'),
    env: {},
    countQueue: () => Promise.resolve({ ready: 0, inFlight: 0 }),
    stateFolder: await temporaryFolder(),
    log: (line) => lines.push(line),
    ...options,
  });
  onTestFinished(() => runtime.close());
  const output = (name: string) => lines.filter((line) => line.function === name).map(({ line }) => line);
  return { ...runtime, url: `http://127.0.0.1:${runtime.port}`, lines, output };
}

/** Asks until `condition` holds; fails with what `describe` says after 10 s. */
export async function until(condition: () => boolean | Promise<boolean>, describe: () => string): Promise<void> {
  const end = Date.now() + 10_000;
  while (!(await condition())) {
    if (Date.now() > end) throw new Error(`never: ${describe()}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Whether a process runs; one that ended and waits for its parent to notice does not. */
export function isAlive(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return !stat.slice(stat.lastIndexOf(')')).startsWith(') Z');
  } catch {
    return false;
  }
}
