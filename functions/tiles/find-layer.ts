import { assertKept } from '#shared/domain/assert-kept.ts';
import { GeoCropError } from '#shared/domain/errors.ts';
import type { Job } from '#shared/domain/job.ts';
import type { Viewer } from '#shared/http/viewer.ts';
import type { StitchPlan } from '#shared/mapping/stitch-plan.ts';
import { jobViews, parseLayerId, type LayerId } from '#shared/tiles/layer-id.ts';
import { baselineLayers } from './baseline-layers.ts';
import type { TilesDeps } from './deps.ts';
import { jobLayer } from './job-layers.ts';
import { kept } from './kept.ts';
import type { Layer } from './layer.ts';
import { openSources } from './open-sources.ts';

/** Finds layers for whoever may see them. */
export interface Layers {
  /** The baselines; one that cannot be opened is left out. */
  ofBaselines(): Promise<Layer[]>;
  /** Refuses what is not there, and what is not for this viewer, in the same way. */
  find(id: LayerId, viewer: Viewer): Promise<Layer>;
  /** The layers of a job that have something to show; one that cannot be opened is left out. */
  ofJob(job: string, viewer: Viewer): Promise<Layer[]>;
}

/** Plans of finished jobs that are kept. */
const maxPlans = 50;

export function findLayers(deps: TilesDeps): Layers {
  const sources = openSources(deps.cacheBytes);
  const io = { ...deps, sources, plans: kept<StitchPlan>(maxPlans) };
  const baselines = baselineLayers({ ...deps, store: deps.baselines, sources });
  const usable = (found: PromiseSettledResult<Layer | null>[], of: Record<string, string>): Layer[] => {
    for (const each of found)
      if (each.status === 'rejected') deps.logger.warn('Layer:Failed', { ...of, error: each.reason });
    return found.flatMap((each) => (each.status === 'fulfilled' && each.value ? [each.value] : []));
  };
  return {
    async ofBaselines() {
      const ids = (await baselines.list()).map(({ baseline }) => baseline.id);
      return usable(await Promise.allSettled(ids.map((id) => baselines.find(id))), {});
    },
    async find(id, viewer) {
      if (id.kind === 'job') return jobLayer(await keptJob(deps, id.job, viewer), id.view, io);
      const layer = await baselines.find(id.id);
      if (layer) return layer;
      throw noLayer(id.id);
    },
    async ofJob(id, viewer) {
      const job = await keptJob(deps, id, viewer);
      const found = await Promise.allSettled(jobViews.map((view) => jobLayer(job, view, io)));
      return usable(found, { jobId: id }).filter(({ pixels }) => pixels.kind !== 'none');
    },
  };
}

async function keptJob({ jobs }: TilesDeps, id: string, viewer: Viewer): Promise<Job> {
  const job = await jobs.readable(id, viewer);
  assertKept(job);
  return job;
}

export const noLayer = (id: string): GeoCropError =>
  new GeoCropError('not-found', `there is no layer ${JSON.stringify(id.slice(0, 100))}; /tiles/layers lists them`, {
    field: 'layer',
  });

/** The parts of a layer's id; a text that can be none is a layer that is not there. */
export function layerIdOf(text: string): LayerId {
  const id = parseLayerId(text);
  if (!id) throw noLayer(text);
  return id;
}
