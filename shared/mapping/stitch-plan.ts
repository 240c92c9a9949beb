import type { Scene } from '#shared/stac/scene.ts';
import type { ChunkTask } from './chunk-task.ts';
import type { Plan } from './plan.ts';

/** A scene as results name it. */
export type PlannedScene = Pick<Scene, 'id' | 'datetime' | 'cloudCover' | 'offsetSource' | 'href'>;

/** What is needed of a plan once its parts are computed; plain JSON, small enough to be kept with the job. */
export type StitchPlan = Omit<Plan, 'scenes' | 'tasks'> & {
  scenes: PlannedScene[];
  tasks: Pick<ChunkTask, 'chunk' | 'key'>[];
};

/** Leaves out what only planning and computing need. */
export const stitchPlanOf = (plan: Plan): StitchPlan => ({
  ...plan,
  scenes: plan.scenes.map(({ id, datetime, cloudCover, offsetSource, href }) => ({
    id,
    datetime,
    cloudCover,
    offsetSource,
    href,
  })),
  tasks: plan.tasks.map(({ chunk, key }) => ({ chunk, key })),
});
