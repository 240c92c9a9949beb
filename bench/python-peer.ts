import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline/promises';
import { join } from 'node:path';

/** Seconds of one run, by the clock and of the processor. */
export interface RunTime {
  wall: number;
  cpu: number;
}

/** A peer in Python that waits to be run; `peers/serve.py` is its side of it. */
export interface PythonPeer {
  run(): Promise<RunTime>;
  /** Writes the result to where its arguments say. */
  save(): Promise<void>;
  end(): void;
}

/** Starts a script of `peers`; resolves once it has read its input. */
export async function startPythonPeer(python: string, script: string, args: readonly string[]): Promise<PythonPeer> {
  const path = join(import.meta.dirname, 'peers', script);
  const child = spawn(python, ['-B', path, ...args], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { PATH: '/usr/bin:/bin', OMP_NUM_THREADS: '1', OPENBLAS_NUM_THREADS: '1', PYTHONWARNINGS: 'ignore' },
  });
  const answers = createInterface(child.stdout)[Symbol.asyncIterator]();
  const answer = async <T>(): Promise<T> => {
    const { value, done } = await answers.next();
    if (done) throw new Error(`the peer ${script} ended before it answered; its reason is above`);
    return JSON.parse(value) as T;
  };
  const ask = async (command: string): Promise<RunTime> => {
    child.stdin.write(`${command}\n`);
    return answer<RunTime>();
  };
  await answer();
  return { run: () => ask('run'), save: async () => void (await ask('save')), end: () => child.stdin.end() };
}
