import { z } from 'zod';

const workSchema = z.object({ worker: z.string(), peakMemoryBytes: z.number() });

/** How many workers computed these parts, and the most memory that one of them had. */
export function computedBy(records: Iterable<unknown>): { workers: number; peakMemoryBytes: number } {
  const workers = new Set<string>();
  let peakMemoryBytes = 0;
  for (const record of records) {
    const work = workSchema.safeParse(record);
    if (!work.success) continue;
    workers.add(work.data.worker);
    peakMemoryBytes = Math.max(peakMemoryBytes, work.data.peakMemoryBytes);
  }
  return { workers: Math.max(1, workers.size), peakMemoryBytes };
}
