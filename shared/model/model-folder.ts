import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { GeoCropError } from '#shared/domain/errors.ts';
import { absentAsNull, directoryBundle, type ReadBundleFile } from './bundle-files.ts';
import { readManifest, type FeatureSet } from './read-bundle.ts';
import type { ModelManifest } from './model-manifest.ts';

export interface InstalledModel {
  directory: string;
  read: ReadBundleFile;
  manifest: ModelManifest;
}

const nameForm = /^[a-z0-9][a-z0-9_-]{0,63}$/;

/** Names of the bundles in the folders, sorted; an earlier folder hides a later one. */
export async function installedNames(folders: readonly string[]): Promise<string[]> {
  const lists = await Promise.all(
    folders.map(async (folder) => (await readdir(folder, { withFileTypes: true }).catch(absentAsNull)) ?? []),
  );
  const names = lists.flat().filter((entry) => entry.isDirectory() && nameForm.test(entry.name));
  return [...new Set(names.map((entry) => entry.name))].sort();
}

/** Finds an installed model by name; an unknown one is refused with the names that there are. */
export async function findModel(
  name: string,
  folders: readonly string[],
  features: FeatureSet,
): Promise<InstalledModel> {
  if (nameForm.test(name))
    for (const folder of folders) {
      const directory = join(folder, name);
      const read = directoryBundle(directory);
      if (await read('model.json')) return { directory, read, manifest: await readManifest(read, directory, features) };
    }
  const known = (await installedNames(folders)).join(', ') || 'none';
  throw new GeoCropError('unknown-model', `there is no model "${name}" here; installed: ${known}`, { field: 'model' });
}
