import { join } from 'node:path';
import { directoryStore } from '#shared/storage/directory-store.ts';
import type { ObjectStore } from '#shared/storage/object-store.ts';
import { openStore } from '#shared/storage/open-store.ts';
import type { Archive } from './archive/open-archive.ts';
import type { KeepSettings } from './back-up.ts';
import { dropStagedObjects, moveStagedObjects, stagedKey, type Bucket, type Buckets } from './staged-objects.ts';

/** Folders of an archive that hold objects. */
export const objectFolders = ['objects', 'baselines', 'models'] as const;
type ObjectFolder = (typeof objectFolders)[number];

type Pieces = () => AsyncIterable<Uint8Array>;

/** The store and the key under which an object is written; null where it is there already as the archive has it. */
type FindPlace = (key: string, size: number, pieces: Pieces) => Promise<{ store: ObjectStore; key: string } | null>;

export interface ObjectTargets {
  /** By the folder of the archive. */
  places: Record<ObjectFolder, FindPlace>;
  /** Of these, the ones that are folders of the staging folder. */
  folders: ObjectFolder[];
}

/** Where the objects of an archive go: beside their place in the home, or into the buckets of a server. */
export async function objectTargets(settings: KeepSettings, staging: string, restore: string): Promise<ObjectTargets> {
  const models = inFolder(directoryStore(join(staging, 'models')));
  const buckets = await bucketsOf(settings);
  if (buckets)
    return {
      places: { objects: besideOthers(buckets, restore), baselines: waiting(buckets, restore, 'baselines'), models },
      folders: ['models'],
    };
  const staged = { ...settings, home: staging };
  const [objects, baselines] = await Promise.all([openStore(staged, 'results'), openStore(staged, 'baselines')]);
  return {
    places: { objects: inFolder(objects), baselines: inFolder(baselines), models },
    folders: [...objectFolders],
  };
}

/** Null where objects lie in folders. */
async function bucketsOf(settings: KeepSettings): Promise<Buckets | null> {
  if (!settings.objects) return null;
  const [objects, baselines] = await Promise.all([openStore(settings, 'results'), openStore(settings, 'baselines')]);
  return { objects, baselines };
}

const inFolder =
  (store: ObjectStore): FindPlace =>
  async (key) => ({ store, key });

/** Baselines are found by listing them: they wait. */
const waiting =
  ({ objects }: Buckets, restore: string, bucket: Bucket): FindPlace =>
  async (key) => ({ store: objects, key: stagedKey(restore, bucket, key) });

/** What no row speaks of yet, nobody finds: it is written in its place. What replaces something else waits. */
function besideOthers(buckets: Buckets, restore: string): FindPlace {
  const wait = waiting(buckets, restore, 'objects');
  const store = buckets.objects;
  return async (key, size, pieces) => {
    const there = await store.size(key);
    if (there === null) return { store, key };
    return there === size && (await isSame(store, key, pieces())) ? null : wait(key, size, pieces);
  };
}

async function isSame(store: ObjectStore, key: string, pieces: AsyncIterable<Uint8Array>): Promise<boolean> {
  let at = 0;
  for await (const piece of pieces) {
    if (Buffer.compare(await store.getRange(key, at, piece.length), piece) !== 0) return false;
    at += piece.length;
  }
  return true;
}

export async function restoreObjects(
  archive: Archive,
  { places }: ObjectTargets,
  onObject: (done: number, all: number) => void,
  signal?: AbortSignal | undefined,
): Promise<void> {
  const all = objectFolders.flatMap((folder) => archive.under(folder).map((entry) => ({ folder, ...entry })));
  for (const [at, { folder, name, size }] of all.entries()) {
    signal?.throwIfAborted();
    const pieces = () => archive.pieces(`${folder}/${name}`);
    const place = await places[folder](name, size, pieces);
    await place?.store.putStream(place.key, async (sink) => {
      for await (const piece of pieces()) await sink.write(piece);
    });
    onObject(at + 1, all.length);
  }
}

/** Puts objects that wait in a bucket in their place. */
export async function moveObjects(settings: KeepSettings, restore: string): Promise<void> {
  const buckets = await bucketsOf(settings);
  if (buckets) await moveStagedObjects(buckets, restore);
}

/** Removes those of a restore that came to no end. */
export async function dropObjects(settings: KeepSettings, restore: string): Promise<void> {
  const buckets = await bucketsOf(settings);
  if (buckets) await dropStagedObjects(buckets, restore);
}
