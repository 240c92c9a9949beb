import type { ObjectStore } from '#shared/storage/object-store.ts';
import type { Scene, SceneAsset } from '#shared/stac/scene.ts';
import type { TaskAsset } from './chunk-task.ts';
import { taskScene, type AssetSize } from './task-scene.ts';

/** What true colour needs, red first. */
export const colourBands = ['B04', 'B03', 'B02'] as const;
export type ColourBand = (typeof colourBands)[number];

/** The clearest scene of a job as whoever renders it needs it. */
export interface StoredScene {
  /** Id of the source that may be read for it. */
  source: string;
  id: string;
  datetime: string;
  cloudCover: number | null;
  /** Bands that the scene lacks, or that its source may not read, are missing here. */
  assets: Partial<Record<ColourBand, TaskAsset>>;
}

/** Says of an asset's address whether it may be read, by throwing, and how long its file is. */
export interface AssetAccess {
  assertReadable: (href: string) => Promise<void>;
  assetSize: AssetSize;
  /** Told of a band that is left out because it may not, or could not, be asked for. */
  onRefused: (error: unknown) => void;
}

/** The colour bands of a scene that may be read. */
export async function storedScene(scene: Scene, source: string, access: AssetAccess): Promise<StoredScene> {
  const assets: StoredScene['assets'] = {};
  for (const band of colourBands) {
    const asset = scene.assets[band];
    if (!asset) continue;
    try {
      await access.assertReadable(asset.href);
      assets[band] = await taskAssetOf(scene, asset, access.assetSize);
    } catch (error) {
      access.onRefused(error);
    }
  }
  const { id, datetime, cloudCover } = scene;
  return { source, id, datetime, cloudCover, assets };
}

/** `taskScene` knows the bands of a map only; blue is given to it in the place of one of them. */
async function taskAssetOf(scene: Scene, asset: SceneAsset, size: AssetSize): Promise<TaskAsset> {
  const { assets } = await taskScene({ ...scene, assets: { B03: asset } }, size);
  return assets.B03!;
}

const sceneKey = (jobId: string) => `jobs/${jobId}/scene.json`;

export const storeScene = (store: ObjectStore, jobId: string, scene: StoredScene): Promise<void> =>
  store.put(sceneKey(jobId), Buffer.from(JSON.stringify(scene)));

/** Null where the job has none, or has none yet. */
export async function readScene(store: ObjectStore, jobId: string): Promise<StoredScene | null> {
  const bytes = await store.get(sceneKey(jobId));
  return bytes && (JSON.parse(Buffer.from(bytes).toString()) as StoredScene);
}
