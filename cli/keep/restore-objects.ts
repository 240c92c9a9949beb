import { join } from 'node:path';
import { directoryStore } from '#shared/storage/directory-store.ts';
import type { ObjectStore } from '#shared/storage/object-store.ts';
import { openStore } from '#shared/storage/open-store.ts';
import type { Archive } from './archive/open-archive.ts';
import type { KeepSettings } from './back-up.ts';

export interface ObjectTargets {
  /** By the folder of the archive. */
  stores: Record<'objects' | 'baselines' | 'models', ObjectStore>;
  /** Of these, the ones that are folders of the staging folder. */
  folders: string[];
}

/** Where the objects of an archive go: beside their place in the home, or straight into the buckets of a server. */
export async function objectTargets(settings: KeepSettings, staging: string): Promise<ObjectTargets> {
  const models = directoryStore(join(staging, 'models'));
  if (!settings.objects) {
    const staged = { ...settings, home: staging };
    const stores = {
      objects: await openStore(staged, 'results'),
      baselines: await openStore(staged, 'baselines'),
      models,
    };
    return { stores, folders: ['objects', 'baselines', 'models'] };
  }
  const stores = {
    objects: await openStore(settings, 'results'),
    baselines: await openStore(settings, 'baselines'),
    models,
  };
  return { stores, folders: ['models'] };
}

export async function restoreObjects(
  archive: Archive,
  { stores }: ObjectTargets,
  onObject: (done: number, all: number) => void,
  signal?: AbortSignal | undefined,
): Promise<void> {
  const all = (['objects', 'baselines', 'models'] as const).flatMap((folder) =>
    archive.under(folder).map(({ name }) => ({ folder, name })),
  );
  for (const [at, { folder, name }] of all.entries()) {
    signal?.throwIfAborted();
    await stores[folder].putStream(name, async (sink) => {
      for await (const piece of archive.pieces(`${folder}/${name}`)) await sink.write(piece);
    });
    onObject(at + 1, all.length);
  }
}
