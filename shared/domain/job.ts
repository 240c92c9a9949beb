import type { Aoi } from './aoi.ts';

/** What to do with a scene that is broken for good: fail by its name, or plan again without it and record it. */
export const brokenScenePolicies = ['fail', 'skip'] as const;
export type BrokenScenePolicy = (typeof brokenScenePolicies)[number];

/** A request for a map, checked. */
export interface MapRequest {
  aoi: Aoi;
  season: string;
  year: number;
  /** Name of the model; null where features alone are wanted. */
  model: string | null;
  /** Null leaves the choice to the catalog. */
  collection: string | null;
  onBrokenScene: BrokenScenePolicy;
  acceptOutsideModel: boolean;
}

export const jobStates = ['accepted', 'running', 'successful', 'failed', 'dismissed'] as const;
export type JobState = (typeof jobStates)[number];
export const openStates: readonly JobState[] = ['accepted', 'running'];

/** Why a job failed: for a person, and for a program. */
export interface JobError {
  code: string;
  message: string;
  field?: string | undefined;
}

/** A request as a job keeps it: the model is always named. */
export type JobRequest = MapRequest;

export interface Job {
  id: string;
  owner: string;
  state: JobState;
  phase: string | null;
  source: string;
  request: JobRequest;
  attempt: number;
  error: JobError | null;
  summary: Record<string, unknown> | null;
  broken: { id: string; reason: string }[];
  scenes: number | null;
  chunks: number | null;
  lease: number;
  createdAt: Date;
  startedAt: Date | null;
  finishedAt: Date | null;
  /** When its files were given up; null while they are kept. */
  expiredAt: Date | null;
}
