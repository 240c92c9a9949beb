import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { lockedPython } from '../functions/train/python-environment.ts';
import type { PythonPeer, RunTime } from './python-peer.ts';
import { median, pinnedVersion, type BenchRow } from './report.ts';

const root = join(import.meta.dirname, '..');
const trainer = join(root, 'functions', 'train', 'trainer');
export const cache = join(root, '.cache', 'bench');

/** A Python with NumPy and SciPy: the trainer's. */
export const arrayPython = (): Promise<string> => lockedPython(trainer, join(root, '.cache', 'train', 'python'));

export async function arrayVersions(): Promise<Record<string, string>> {
  const requirements = join(trainer, 'requirements.txt');
  const [numpy, scipy] = await Promise.all(
    ['numpy', 'scipy'].map(async (name) => (await pinnedVersion(requirements, name)).split(' ')[0]),
  );
  return { node: process.version, numpy, scipy };
}

export const floats = async (file: string): Promise<Float32Array> => new Float32Array((await readFile(file)).buffer);

function timed(run: () => void): RunTime {
  const [wall, cpu] = [performance.now(), process.cpuUsage()];
  run();
  const { user, system } = process.cpuUsage(cpu);
  return { wall: (performance.now() - wall) / 1000, cpu: (user + system) / 1e6 };
}

type Times = Pick<BenchRow, 'ours' | 'peer_value' | 'unit' | 'ratio' | 'threads'> & {
  ours_cpu: number;
  peer_cpu: number;
};

/** Runs ours and the peer in turn on one thread each; the first run of both warms up. */
export async function alternate(name: string, runs: number, ours: () => void, peer: PythonPeer): Promise<Times> {
  const [mine, theirs]: [RunTime[], RunTime[]] = [[], []];
  for (let run = 0; run <= runs; run++) {
    const pair = [timed(ours), await peer.run()];
    console.error(
      `bench: ${name}, run ${run}: ${pair.map(({ wall, cpu }) => `${wall.toFixed(3)} s (CPU ${cpu.toFixed(3)})`).join(', NumPy ')}`,
    );
    if (run === 0) continue;
    mine.push(pair[0]);
    theirs.push(pair[1]);
  }
  const middle = (times: RunTime[], clock: keyof RunTime) => median(times.map((time) => time[clock]));
  const [wall, peerWall] = [middle(mine, 'wall'), middle(theirs, 'wall')];
  return {
    ...{ ours: wall, peer_value: peerWall, unit: 's', ratio: peerWall / wall, threads: '1' },
    ...{ ours_cpu: middle(mine, 'cpu'), peer_cpu: middle(theirs, 'cpu') },
  };
}
