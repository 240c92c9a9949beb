import { readFile } from 'node:fs/promises';
import { cpus, totalmem } from 'node:os';

/** One comparison: `ratio` is better where it is larger, whatever the unit. */
export interface BenchRow {
  part: string;
  peer: string;
  ours: number;
  peer_value: number;
  unit: string;
  ratio: number;
  /** The ratio that is wanted. */
  goal: number;
  /** What each side ran on. */
  threads: string;
}

export interface BenchReport {
  machine: { cpu: string; cores: number; memoryGb: number };
  versions: Record<string, string>;
  rows: BenchRow[];
}

export const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1];

export const thisMachine = (): BenchReport['machine'] => ({
  cpu: cpus()[0]?.model ?? 'unknown',
  cores: cpus().length,
  memoryGb: Math.round(totalmem() / 2 ** 30),
});

/** The version of a package among pinned requirements. */
export async function pinnedVersion(requirements: string, name: string): Promise<string> {
  const line = (await readFile(requirements, 'utf8')).split('\n').find((each) => each.startsWith(`${name}==`));
  return line?.slice(name.length + 2) ?? 'unknown';
}

const shown = (value: number) => (value >= 100 ? value.toFixed(0) : value.toFixed(2));

/** One report of several that were made on the same machine. */
export const merged = (reports: readonly BenchReport[]): BenchReport => ({
  machine: thisMachine(),
  versions: Object.assign({}, ...reports.map(({ versions }) => versions)),
  rows: reports.flatMap(({ rows }) => rows),
});

/** A table for people. */
export function tell({ machine, versions, rows }: BenchReport): void {
  console.log(`${machine.cpu}, ${machine.cores} cores, ${machine.memoryGb} GB; ${JSON.stringify(versions)}`);
  for (const { part, peer, ours, peer_value, unit, ratio, goal, threads } of rows) {
    const verdict = ratio >= goal ? 'reached' : 'MISSED';
    console.log(
      `${part.padEnd(44)} ${shown(ours).padStart(8)} ${unit.padEnd(8)} ${peer} ${shown(peer_value).padStart(8)}  ratio ${ratio.toFixed(2)} (goal ${goal}: ${verdict}) [${threads}]`,
    );
  }
}
