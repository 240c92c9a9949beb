import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';

/** What a program and all that it started used. */
export interface TreeRun {
  output: string;
  wall: number;
  /** Seconds of the processor, of children too that were waited for. */
  cpu: number;
  /** Bytes at the highest moment, shared pages counted once; 0 where it was not watched. */
  peak: number;
}

/** Runs a program to its end; rejects unless it exits with 0. Watching its memory disturbs its time a little. */
export async function runTree(command: readonly string[], watch: boolean, env: NodeJS.ProcessEnv): Promise<TreeRun> {
  const start = performance.now();
  // The shell's `time` adds up the whole tree.
  const args = ['-c', 'TIMEFORMAT="%3U %3S"; time "$@" 2>/dev/null', 'run', ...command];
  const child = spawn('bash', args, { stdio: ['ignore', 'pipe', 'pipe'], env });
  let [output, times] = ['', ''];
  child.stdout.on('data', (data) => (output += data));
  child.stderr.on('data', (data) => (times += data));
  const ended = new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  const peak = watch ? peakOf(child.pid!, ended) : Promise.resolve(0);
  const code = await ended;
  const wall = (performance.now() - start) / 1000;
  if (code !== 0) throw new Error(`${command.join(' ')} ended with ${code}: ${output.slice(-2000)}`);
  const [user, system] = times.trim().split('\n').at(-1)!.split(' ').map(Number);
  return { output, wall, cpu: user + system, peak: await peak };
}

const interval = 100;

async function peakOf(pid: number, ended: Promise<unknown>): Promise<number> {
  let [peak, isOver] = [0, false];
  void ended.finally(() => (isOver = true)).catch(() => {});
  while (!isOver) {
    const sizes = await Promise.all((await treeOf(pid)).map(proportionalSize));
    peak = Math.max(
      peak,
      sizes.reduce((sum, size) => sum + size, 0),
    );
    await delay(interval);
  }
  return peak;
}

const text = (path: string) => readFile(path, 'utf8').catch(() => '');

async function treeOf(pid: number): Promise<number[]> {
  const children = (await text(`/proc/${pid}/task/${pid}/children`)).split(' ').filter(Boolean).map(Number);
  return [pid, ...(await Promise.all(children.map(treeOf))).flat()];
}

/** Bytes of a process: its own pages, and its share of those that it shares with others. */
async function proportionalSize(pid: number): Promise<number> {
  const line = /^Pss: +(\d+) kB/m.exec(await text(`/proc/${pid}/smaps_rollup`));
  return line ? 1024 * Number(line[1]) : 0;
}
