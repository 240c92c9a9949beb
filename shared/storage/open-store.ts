import { join } from 'node:path';
import { directoryStore, removeHalfWritten } from './directory-store.ts';
import type { ObjectStore } from './object-store.ts';
import type { S3Settings } from './s3-client.ts';

/** What a deployment keeps, each in a bucket or a folder of its own. */
export const storeNames = ['baselines', 'results'] as const;
export type StoreName = (typeof storeNames)[number];

export interface StoreSettings {
  /** Folder of the stores where there is no server. */
  home: string;
  /** Null: folders in the home. */
  objects: (S3Settings & { bucketPrefix: string }) | null;
}

/** Parts, plans and results lie in `objects`, since before there were others. */
const folders: Record<StoreName, string> = { baselines: 'baselines', results: 'objects' };

/** Removes what nobody has written on for an hour from the stores in a home, and tells its bytes. */
export async function removeHalfWrittenIn(home: string): Promise<number> {
  let bytes = 0;
  for (const folder of Object.values(folders)) bytes += await removeHalfWritten(join(home, folder), 3600);
  return bytes;
}

export const bucketName = (prefix: string, name: StoreName): string => `${prefix}-${name}`;

/** A store of a deployment: a bucket of its S3 server where one is named, else a folder in its home. */
export async function openStore({ home, objects }: StoreSettings, name: StoreName): Promise<ObjectStore> {
  if (!objects) return directoryStore(join(home, folders[name]));
  // The SDK is loaded where it is needed only: a function's first answer waits for what it imports.
  const [{ openS3Client, defaultS3Limits }, { s3Store }] = await Promise.all([
    import('./s3-client.ts'),
    import('./s3-store.ts'),
  ]);
  const { endpoint, bucketPrefix } = objects;
  const bucket = bucketName(bucketPrefix, name);
  return s3Store({ client: openS3Client(objects), endpoint, bucket, limits: defaultS3Limits });
}
