import type { Parts } from './close-runtime.ts';
import type { ProcessSpec } from './manifests/function-spec.ts';
import type { ProcessSet } from './process/process-set.ts';
import { residentBytes } from './process/resident-memory.ts';
import type { FunctionStats } from './runtime-options.ts';

/** The figures of every function at this moment. */
export async function functionStats({ pools, consumers }: Parts): Promise<FunctionStats[]> {
  const memory = await residentBytes([...pools, ...consumers].flatMap(({ set }) => set.pids));
  return [
    ...pools.map(({ spec, set, requests }) => figures('service', spec.process, set, requests, memory)),
    ...consumers.map(({ spec, set }) => figures('consumer', spec.process, set, 0, memory)),
  ];
}

function figures(
  kind: FunctionStats['kind'],
  { name, memoryLimitBytes }: ProcessSpec,
  set: ProcessSet,
  requests: number,
  memory: Map<number, number> | null,
): FunctionStats {
  const resident = memory && set.pids.reduce((sum, pid) => sum + (memory.get(pid) ?? 0), 0);
  return {
    name,
    kind,
    processes: set.pids.length,
    ready: set.members.filter(({ process }) => process.isReady).length,
    requests,
    ...set.figures,
    residentBytes: resident,
    memoryLimitBytes,
  };
}
