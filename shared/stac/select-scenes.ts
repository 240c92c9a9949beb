import { compareIds, compareScenes, type Scene } from './scene.ts';

export interface DroppedScene {
  id: string;
  reason: string;
}

/** Reprocessing may move the stated sensing time by a fraction of a second. */
const sameMoment = 1000;
/** A pass crosses an area in less; the next pass of a satellite comes an orbit (100 minutes) later. */
const onePass = 10 * 60 * 1000;

const time = (scene: Scene) => Date.parse(scene.datetime);

/** Positive where `a` is the better of two versions: newer baseline, then created later, then the higher id. */
function compareVersions(a: Scene, b: Scene): number {
  const created = (scene: Scene) => (scene.created ? Date.parse(scene.created) : 0);
  return Number(a.baseline ?? 0) - Number(b.baseline ?? 0) || created(a) - created(b) || compareIds(a, b);
}

const isVersionOf = (a: Scene, b: Scene) =>
  a.tile !== null && a.tile === b.tile && a.platform === b.platform && Math.abs(time(a) - time(b)) < sameMoment;

/**
 * Of one platform, tile and sensing time only the best version: the highest processing baseline, then the latest
 * `created`. Scenes come back by datetime, then id. A scene without a tile is never taken for a version of another.
 */
export function selectScenes(scenes: readonly Scene[]): { scenes: Scene[]; dropped: DroppedScene[] } {
  const kept: Scene[] = [];
  const dropped: DroppedScene[] = [];
  for (const scene of [...scenes].sort((a, b) => compareVersions(b, a))) {
    const better = kept.find((candidate) => isVersionOf(candidate, scene));
    if (!better) kept.push(scene);
    else
      dropped.push({
        id: scene.id,
        reason: `another version of ${better.id} (baseline ${scene.baseline ?? 'unknown'} against ${better.baseline ?? 'unknown'})`,
      });
  }
  return { scenes: kept.sort(compareScenes), dropped: dropped.sort((a, b) => (a.id < b.id ? -1 : 1)) };
}

/**
 * Items of one platform within 10 minutes of the first are one observation. In each, scenes by id: per pixel the first
 * valid one counts. Observations by datetime, then id.
 */
export function groupObservations(scenes: readonly Scene[]): Scene[][] {
  const groups: Scene[][] = [];
  const open = new Map<string | null, Scene[]>();
  for (const scene of [...scenes].sort(compareScenes)) {
    const group = open.get(scene.platform);
    if (group && time(scene) - time(group[0]) <= onePass) group.push(scene);
    else {
      const started = [scene];
      groups.push(started);
      open.set(scene.platform, started);
    }
  }
  return groups.map((group) => group.sort(compareIds));
}
