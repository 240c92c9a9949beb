import type { JobState, TileLayer } from '../api/types.ts';
import type { Bbox, MapLayer } from '../map/types.ts';
import type { JobProgress } from './job-progress.ts';

/** What of a job one wants to see. */
export interface Look {
  show: 'class' | 'confidence';
  /** `scene`, the id of a baseline, or `none`. */
  beneath: string;
  opacity: number;
  /** Where the swipe line stands; null where it is off. */
  swipe: number | null;
}

export const firstLook: Look = { show: 'class', beneath: 'scene', opacity: 0.85, swipe: null };

interface Shown {
  id: string;
  share: string | undefined;
  state: JobState;
  progress: JobProgress;
  look: Look;
}

/** The layers of a job from the bottom to the top. A part that is finished makes the map's tiles new. */
export function jobLayers({ id, share, state, progress, look }: Shown): MapLayer[] {
  const { show, beneath, opacity, swipe } = look;
  const layers: MapLayer[] = [];
  const isDone = state === 'successful';
  const side = swipe === null ? undefined : ('right' as const);
  if (beneath === 'scene') {
    if (progress.clearest || isDone) layers.push({ id: `job-${id}-scene`, opacity: 1, share, fade: true });
  } else if (beneath !== 'none') layers.push({ id: beneath, opacity: 1 });
  if (!isDone && progress.hasPreview && show === 'class')
    layers.push({ id: `job-${id}-preview`, opacity: opacity * 0.7, side, share, fade: true });
  if (isDone || progress.chunksDone > 0)
    layers.push({
      id: `job-${id}-${show}`,
      opacity,
      side,
      share,
      fade: true,
      version: isDone ? 'done' : progress.chunksDone,
    });
  return layers;
}

const meets = ([w, s, e, n]: Bbox, [w2, s2, e2, n2]: readonly number[]) => w <= e2 && e >= w2 && s <= n2 && n >= s2;

/** The baselines that show anything of a place, those of the year first. */
export function baselinesOf<T extends Pick<TileLayer, 'id' | 'year' | 'bounds'>>(
  layers: readonly T[],
  place: Bbox | null,
  year: number | null,
): T[] {
  const away = (layer: T) => Math.abs((layer.year ?? 0) - (year ?? 0));
  const here = layers.filter(({ id, bounds }) => !id.startsWith('job-') && (!place || meets(place, bounds)));
  return here.sort((a, b) => away(a) - away(b) || a.id.localeCompare(b.id));
}
