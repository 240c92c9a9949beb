import type { Aoi } from '#shared/domain/aoi.ts';
import { compareScenes, type Scene } from '#shared/stac/scene.ts';
import { samplePoints, shareCovered } from './footprint-share.ts';

/** Shares that differ by less are the same: a footprint's edge is drawn to some 300 m only. */
const sameShare = 0.01;

/** A scene as whoever shows the clearest one names it. */
export type ClearestScene = Pick<Scene, 'id' | 'datetime' | 'cloudCover'>;

/**
 * The scene that shows an area best: of those whose footprint covers it, or else the largest share of it (equal to one
 * hundredth), the one of lowest cloud cover. A scene that does not state its cloud cover comes after all that do; ties
 * go to the earlier datetime, then the lower id. Cloud cover is that of the whole scene, percent.
 *
 * @returns null where no scene covers any of the area
 */
export function clearestScene(scenes: readonly Scene[], aoi: Aoi): Scene | null {
  const points = samplePoints(aoi);
  const shares = scenes.map((scene) => shareCovered(scene, points));
  const largest = Math.max(0, ...shares);
  if (largest === 0) return null;
  const [best] = scenes.filter((_, i) => shares[i] > 0 && shares[i] >= largest - sameShare).sort(byCloud);
  return best;
}

const cloudOf = ({ cloudCover }: Scene) => cloudCover ?? Infinity;

const byCloud = (a: Scene, b: Scene) =>
  cloudOf(a) === cloudOf(b) ? compareScenes(a, b) : cloudOf(a) < cloudOf(b) ? -1 : 1;

/** What is told of a scene; null stays null. */
export const clearestOf = (scene: Scene | null): ClearestScene | null =>
  scene && { id: scene.id, datetime: scene.datetime, cloudCover: scene.cloudCover };
