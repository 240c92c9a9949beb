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
