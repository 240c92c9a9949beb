import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { PlatformSettings } from '#shared/config/platform-settings.ts';

/** Small files of a home that cannot be made again; the command line's own login is not among them. */
const names = ['signing-key.json', 'admin-password', 'demo-job.json', 'sources.json'];

export interface HomeFile {
  name: string;
  bytes: Buffer;
}

/** The small files that are there. A signing key that lies elsewhere is copied too; one of a Secret is not ours. */
export async function homeFiles(settings: Pick<PlatformSettings, 'home' | 'signingKeyFile'>): Promise<HomeFile[]> {
  const paths = names.map((name) =>
    name === 'signing-key.json' ? settings.signingKeyFile : join(settings.home, name),
  );
  const found = await Promise.all(paths.map(readIfThere));
  return found.flatMap((bytes, i) => (bytes ? [{ name: names[i], bytes }] : []));
}

/** Names under which an archive may hold such files. */
export const isHomeFile = (name: string): boolean => basename(name) === name && names.includes(name);

async function readIfThere(path: string): Promise<Buffer | null> {
  try {
    return await readFile(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}
