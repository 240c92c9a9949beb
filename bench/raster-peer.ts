import { join } from 'node:path';
import { pinnedVersion } from './report.ts';
import { installTiTiler } from './titiler.ts';

const root = join(import.meta.dirname, '..');
export const cache = join(root, '.cache', 'bench');

/** A Python with rasterio and rio-cogeo: TiTiler's. */
export const rasterPython = async (): Promise<string> => join(await installTiTiler(join(cache, 'titiler')), 'python');

export async function rasterVersions(): Promise<Record<string, string>> {
  const requirements = join(import.meta.dirname, 'titiler-requirements.txt');
  const names = ['rasterio', 'rio-cogeo', 'numpy'];
  const pinned = await Promise.all(names.map((name) => pinnedVersion(requirements, name)));
  return { node: process.version, ...Object.fromEntries(names.map((name, i) => [name, pinned[i]])) };
}
