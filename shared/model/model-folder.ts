import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { GeoCropError } from '#shared/domain/errors.ts';
import { maxMemberBytes, readManifest, type FeatureSet, type ReadBundleFile } from './load-bundle.ts';
import type { ModelManifest } from './model-manifest.ts';

const absentAsNull = (error: NodeJS.ErrnoException) => {
  if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return null;
  throw error;
};

/** Reads the files of a bundle that lies in a directory; one larger than any is refused before it fills the memory. */
export const directoryBundle =
  (directory: string): ReadBundleFile =>
  async (name) => {
    const path = join(directory, name);
    const found = await stat(path).catch(absentAsNull);
    if (found && found.size > maxMemberBytes)
      throw new GeoCropError(
        'damaged-model',
        `${name} of the model in ${directory} is larger than ${maxMemberBytes} bytes`,
        {
          field: 'model',
        },
      );
    return found && readFile(path).catch(absentAsNull);
  };

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
