import type { PythonPeer, RunTime } from './python-peer.ts';
import { median, type BenchRow } from './report.ts';

/** Seconds of one run of this process, all its threads together. */
export async function timed(run: () => Promise<void> | void): Promise<RunTime> {
  const [wall, cpu] = [performance.now(), process.cpuUsage()];
  await run();
  const { user, system } = process.cpuUsage(cpu);
  return { wall: (performance.now() - wall) / 1000, cpu: (user + system) / 1e6 };
}

type Times = Pick<BenchRow, 'ours' | 'peer_value' | 'unit' | 'ratio'> & {
  ours_cpu: number;
  peer_cpu: number;
  cpu_ratio: number;
};

/** Runs ours and the peer in turn; who begins changes from run to run, and the first of both warms up. */
export async function alternate(
  name: string,
  runs: number,
  ours: () => Promise<void> | void,
  peer: PythonPeer,
): Promise<Times> {
  const [mine, theirs]: [RunTime[], RunTime[]] = [[], []];
  for (let run = 0; run <= runs; run++) {
    const order = [async () => mine.push(await timed(ours)), async () => theirs.push(await peer.run())];
    for (const side of run % 2 === 0 ? order : order.reverse()) await side();
    const told = [mine, theirs].map((times) => times.at(-1)!);
    console.error(
      `bench: ${name}, run ${run}: ${told.map(({ wall, cpu }) => `${wall.toFixed(3)} s (CPU ${cpu.toFixed(3)})`).join(', peer ')}`,
    );
  }
  const middle = (times: RunTime[], clock: keyof RunTime) => median(times.slice(1).map((time) => time[clock]));
  const [wall, peerWall] = [middle(mine, 'wall'), middle(theirs, 'wall')];
  const [cpu, peerCpu] = [middle(mine, 'cpu'), middle(theirs, 'cpu')];
  return {
    ...{ ours: wall, peer_value: peerWall, unit: 's', ratio: peerWall / wall },
    ...{ ours_cpu: cpu, peer_cpu: peerCpu, cpu_ratio: peerCpu / cpu },
  };
}
