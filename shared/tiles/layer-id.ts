import { baselineIdSchema } from './baseline-catalog.ts';

export const jobViews = ['class', 'confidence', 'preview', 'scene'] as const;
/** What a job shows: its map's classes or confidence, the coarse preview, the clearest scene. */
export type JobView = (typeof jobViews)[number];

export type LayerId = { kind: 'baseline'; id: string } | { kind: 'job'; id: string; job: string; view: JobView };

const jobForm = /^job-([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})-([a-z]+)$/;

/** The parts of a layer's id; null for a text that can be none. */
export function parseLayerId(id: string): LayerId | null {
  const [, job, view] = jobForm.exec(id) ?? [];
  if (job !== undefined) {
    const known = jobViews.find((name) => name === view);
    return known ? { kind: 'job', id, job, view: known } : null;
  }
  return baselineIdSchema.safeParse(id).success ? { kind: 'baseline', id } : null;
}

export const jobLayerId = (job: string, view: JobView): string => `job-${job}-${view}`;
