import { requiredBands, type Band } from '#shared/domain/bands.ts';
import { missingBands, type Scene, type SceneAsset } from '#shared/stac/scene.ts';
import type { TaskAsset, TaskScene } from './chunk-task.ts';

/** Length in bytes of a file that can be asked for cheaply; null where it cannot. */
export type AssetSize = (href: string) => Promise<number | null>;

/** The part of a scene that workers need: the required bands, with their identity. */
export async function taskScene(scene: Scene, assetSize: AssetSize): Promise<TaskScene> {
  const assets: Partial<Record<Band, TaskAsset>> = {};
  for (const band of requiredBands) {
    const asset = scene.assets[band];
    if (asset) assets[band] = { ...(await taskAsset(asset, assetSize)), shape: statedShape(scene, asset.key) };
  }
  return { id: scene.id, datetime: scene.datetime, assets };
}

async function taskAsset(asset: SceneAsset, assetSize: AssetSize): Promise<Omit<TaskAsset, 'shape'>> {
  const { href, scale, offset } = asset;
  const size = asset.size ?? (asset.checksum ? null : await assetSize(href));
  return { href, scale, offset, identity: asset.checksum ?? (size === null ? href : `${size} bytes`) };
}

/** `proj:shape` of the asset, else of the item: [rows, columns]. */
function statedShape(scene: Scene, key: string): [number, number] | null {
  const assets = scene.item.assets as Record<string, Record<string, unknown>> | undefined;
  const shape = assets?.[key]?.['proj:shape'];
  if (!Array.isArray(shape) || shape.length !== 2 || !shape.every((side) => Number.isInteger(side))) return null;
  return [shape[0], shape[1]];
}

/** Bands that no scene of the list brings. */
export function bandsOfNoScene(scenes: readonly Scene[]): string[] {
  return requiredBands.filter((band) => scenes.every((scene) => missingBands(scene).includes(band)));
}
