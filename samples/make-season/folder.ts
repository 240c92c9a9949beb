import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { GeoCropError } from '#shared/domain/errors.ts';
import type { SeasonParameters } from './options.ts';

const markerName = 'season.json';
/** Raised when the same parameters come to give other files. */
const generator = 1;

interface Marker extends SeasonParameters {
  generator: number;
  complete: boolean;
}

/** Writes a file that is either whole or not there, also where several processes make the same season. */
export async function writeWhole(path: string, content: Uint8Array | string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const draft = `${path}.${process.pid}.tmp`;
  await writeFile(draft, content);
  await rename(draft, path);
}

export const writeJson = (path: string, value: unknown) => writeWhole(path, `${JSON.stringify(value, null, 1)}\n`);

async function readMarker(out: string): Promise<Marker | null> {
  try {
    return JSON.parse(await readFile(join(out, markerName), 'utf8')) as Marker;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw new Error(`${join(out, markerName)} cannot be read`, { cause: error });
  }
}

const occupied = (out: string, what: string) =>
  new GeoCropError('output-exists', `${out} holds ${what}; name another folder or remove it`, { field: 'out' });

/** Whether the folder holds this very season, finished. Otherwise it is ready for it, or refused where it holds anything else. */
export async function openFolder(out: string, parameters: SeasonParameters): Promise<boolean> {
  await mkdir(out, { recursive: true });
  const marker = await readMarker(out);
  if (!marker) {
    // Another process may be making this very season: its marker may have come since.
    if ((await readdir(out)).some((name) => !name.startsWith(markerName)))
      throw occupied(out, 'something that is not a made season');
    await writeJson(join(out, markerName), { generator, ...parameters, complete: false });
    return false;
  }
  const { complete, ...made } = marker;
  const wanted: Record<string, number> = { generator, ...parameters };
  if (Object.entries(made).some(([name, value]) => wanted[name] !== value))
    throw occupied(out, `a season of other parameters (${JSON.stringify(made)})`);
  return complete;
}

export const closeFolder = (out: string, parameters: SeasonParameters) =>
  writeJson(join(out, markerName), { generator, ...parameters, complete: true });
