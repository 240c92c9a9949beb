import type { MapRequest } from '#shared/domain/job.ts';
import type { Source } from '#shared/domain/source.ts';
import type { ModelManifest } from '#shared/model/model-manifest.ts';
import type { SceneQuery } from '#shared/stac/query.ts';
import type { Scene } from '#shared/stac/scene.ts';
import { BrokenSceneError } from './broken-scene.ts';
import { planJob, scenesOfTasks, type Plan, type SkippedScene } from './plan.ts';

/** How the scenes of sources are found, and what may be read of them. */
export interface SceneAccess {
  search: (
    source: Source,
    query: SceneQuery,
    signal: AbortSignal,
  ) => Promise<{ scenes: Scene[]; skipped: SkippedScene[] }>;
  /** Refuses an asset that lies outside of what its source may read. */
  assertReadable: (source: Source, href: string) => Promise<void>;
  /** Length of a file in bytes; null where it cannot be asked for cheaply. */
  assetSize: (href: string) => Promise<number | null>;
}

/** What a map is planned of and with. */
export interface SourcePlanning {
  source: Source;
  model: ModelManifest;
  /** YYYY-MM-DD. */
  today: string;
  /** Scenes that are known to be broken. */
  broken?: readonly SkippedScene[];
}

/** Plans a map of a source's scenes, around broken ones where the request says so. Asks no address that is not the source's. */
export async function planForSource(
  request: MapRequest,
  { source, model, today, broken: known = [] }: SourcePlanning,
  access: SceneAccess,
  signal: AbortSignal,
): Promise<Plan> {
  const search = (query: SceneQuery) => access.search(source, query, signal);
  const assetSize = async (href: string) => {
    signal.throwIfAborted();
    await access.assertReadable(source, href);
    return access.assetSize(href);
  };
  const broken = [...known];
  for (;;) {
    try {
      const plan = await planJob({ request, output: 'map', model, today, search, assetSize, broken, signal });
      for (const href of addressesOf(plan)) await access.assertReadable(source, href);
      return plan;
    } catch (error) {
      const skips = error instanceof BrokenSceneError && request.onBrokenScene === 'skip';
      if (!skips || broken.some(({ id }) => id === error.sceneId)) throw error;
      broken.push({ id: error.sceneId, reason: error.message });
    }
  }
}

const addressesOf = ({ tasks }: Plan): Set<string> =>
  new Set([...scenesOfTasks(tasks)].flatMap(({ assets }) => Object.values(assets).map(({ href }) => href)));
