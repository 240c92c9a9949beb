import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { GeoCropError } from '#shared/domain/errors.ts';
import { writeFileAtomically } from '#shared/storage/directory-store.ts';

/** How files and folders lie in a home; a change that older code cannot read counts it up. */
export const homeLayout = 1;

const schema = z.object({
  home: z.number().int().positive(),
  /** Number of the newest migration of the embedded database; null where a server keeps the rows. */
  schema: z.number().int().min(0).nullable(),
  product: z.string(),
});
/** What a home says of itself. */
export type HomeVersions = z.infer<typeof schema>;

export const versionsFile = 'versions.json';

const pathIn = (home: string) => join(home, versionsFile);

/** Null where the home is new, or older than this file. */
export async function readHomeVersions(home: string): Promise<HomeVersions | null> {
  const text = await readFile(pathIn(home), 'utf8').catch((error: NodeJS.ErrnoException): null => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
  if (text === null) return null;
  try {
    return schema.parse(JSON.parse(text));
  } catch (cause) {
    throw new GeoCropError(
      'setup-missing',
      `${pathIn(home)} cannot be read; it is written anew at the next start if you remove it`,
      { cause },
    );
  }
}

/** @throws GeoCropError `setup-missing` where a newer version has written the home */
export function refuseNewer(home: string, versions: HomeVersions | null, newestSchema: number): void {
  if (!versions || (versions.home <= homeLayout && (versions.schema ?? 0) <= newestSchema)) return;
  throw new GeoCropError(
    'setup-missing',
    `${home} was written by a newer version of GeoCrop (${versions.product}); update this installation, or restore a backup of before`,
  );
}

export const writeHomeVersions = (home: string, versions: HomeVersions): Promise<void> =>
  writeFileAtomically(pathIn(home), (file) => file.write(Buffer.from(`${JSON.stringify(versions, null, 2)}\n`)), 0o600);
