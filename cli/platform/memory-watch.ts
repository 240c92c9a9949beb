import { readFileSync } from 'node:fs';
import type { FunctionStats, Runtime } from '../../knative/local/runtime-options.ts';

export interface MemoryUse {
  /** This process with the database in it, what started it, and all functions. */
  bytes: number;
  functions: { name: string; bytes: number }[];
}

/** Looks at the memory of everything together again and again; `stop` gives the most that was seen, and the last look. */
export function watchMemory(runtime: Runtime, everyMs = 500): () => Promise<{ peak: MemoryUse; now: MemoryUse }> {
  let peak: MemoryUse = { bytes: 0, functions: [] };
  const look = async () => {
    const now = useOf(await runtime.stats());
    if (now.bytes > peak.bytes) peak = now;
    return now;
  };
  const timer = setInterval(() => void look().catch(() => {}), everyMs);
  return async () => {
    clearInterval(timer);
    return { now: await look(), peak };
  };
}

function useOf(stats: FunctionStats[]): MemoryUse {
  const functions = stats
    .filter(({ processes }) => processes > 0)
    .map(({ name, residentBytes }) => ({ name, bytes: residentBytes ?? 0 }));
  const own = process.memoryUsage.rss() + launcherBytes(process.ppid);
  return { bytes: functions.reduce((sum, { bytes }) => sum + bytes, own), functions };
}

/** Of the script that users call, where it started this process; Linux alone tells. */
function launcherBytes(pid: number): number {
  try {
    if (!readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('start.mjs')) return 0;
    return 1024 * Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0);
  } catch {
    return 0;
  }
}
