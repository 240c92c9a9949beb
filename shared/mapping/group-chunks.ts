import type { ChunkTask } from './chunk-task.ts';

/**
 * Puts neighbouring chunks together, so that a worker that computes a group reads what they share once: at most `most`
 * in a group, and no fewer groups than workers where there are chunks enough.
 */
export function groupChunks(tasks: readonly ChunkTask[], workers: number, most: number): ChunkTask[][] {
  const size = Math.max(1, Math.min(most, Math.ceil(tasks.length / workers)));
  const ordered = tasks.toSorted((a, b) => compare(placeOf(a), placeOf(b)));
  return Array.from({ length: Math.ceil(ordered.length / size) }, (_, n) => ordered.slice(n * size, (n + 1) * size));
}

/** Pairs of rows, walked to and fro: four in a row are mostly a square. */
function placeOf({ chunk: { col, row } }: ChunkTask): number[] {
  const pair = Math.floor(row / 2);
  return [pair, pair % 2 === 0 ? col : -col, row];
}

const compare = (a: number[], b: number[]) => a[0] - b[0] || a[1] - b[1] || a[2] - b[2];
