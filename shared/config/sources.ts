import { access, readFile, realpath } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { GeoCropError } from '#shared/domain/errors.ts';
import { sourcesSchema, type Source } from '#shared/domain/source.ts';
import type { PlatformSettings } from './platform-settings.ts';

const isWeb = (address: string) => /^https?:\/\//i.test(address);

/** The sources of a deployment from their file; a folder in it is relative to the file. */
export async function readSources(file: string): Promise<Source[]> {
  const text = await readFile(file, 'utf8').catch((cause) => {
    throw new GeoCropError('setup-missing', `the list of sources ${file} cannot be read: ${cause.message}`, { cause });
  });
  const parsed = sourcesSchema.safeParse(parseJson(text, file));
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw new GeoCropError(
      'setup-missing',
      `the list of sources ${file} is wrong at ${issue.path.join('.')}: ${issue.message}`,
    );
  }
  const folder = dirname(resolve(file));
  return parsed.data.map((source) => (isWeb(source.stac) ? source : { ...source, stac: resolve(folder, source.stac) }));
}

function parseJson(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new GeoCropError('setup-missing', `the list of sources ${file} is not JSON: ${(cause as Error).message}`, {
      cause,
    });
  }
}

/** The real path of a source's folder, links resolved; null for one on the web. */
export async function folderOf({ id, stac }: Source): Promise<string | null> {
  if (isWeb(stac)) return null;
  return realpath(stac).catch((cause) => {
    throw new GeoCropError('source-unavailable', `the folder of the source "${id}" is not there`, { cause });
  });
}

/** The list that the settings name, else the one in the home, else the one that comes with the program. */
export async function sourcesFileOf(
  { sourcesFile, home }: Pick<PlatformSettings, 'sourcesFile' | 'home'>,
  root: string,
): Promise<string> {
  if (sourcesFile) return sourcesFile;
  const kept = join(home, 'sources.json');
  return (await isThere(kept)) ? kept : join(root, 'samples', 'sources.json');
}

/** A file that is there and cannot be read is refused by whoever reads it, not passed over. */
const isThere = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    (error) => error.code !== 'ENOENT',
  );
