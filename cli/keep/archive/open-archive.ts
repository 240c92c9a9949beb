import { createHash } from 'node:crypto';
import { open, type FileHandle } from 'node:fs/promises';
import { buffer } from 'node:stream/consumers';
import { GeoCropError } from '#shared/domain/errors.ts';
import { tarBody, tarEntries, type TarEntry } from '../tar/read-tar.ts';
import { manifestName, parseManifest, sumsName, type Manifest } from './manifest.ts';

/** An archive whose every byte was found to be what was written. */
export interface Archive {
  manifest: Manifest;
  /** Files under a folder of the archive, by their name in it. */
  under(folder: string): { name: string; size: number }[];
  has(name: string): boolean;
  /** A small file. */
  read(name: string): Promise<Buffer>;
  pieces(name: string): AsyncIterable<Buffer>;
  close(): Promise<void>;
}

/** Sums and manifest are read at once. */
const mostBytesAtOnce = 2 ** 29;
const nameForm = /^(?!.*(?:^|\/)\.\.?(?:\/|$))[^/\0][^\0]*$/;

/**
 * Opens an archive after comparing all of it with its sums.
 *
 * @throws GeoCropError `invalid-request` where it is damaged, cut off, or no archive of GeoCrop
 */
export async function openArchive(path: string): Promise<Archive> {
  const file = await open(path).catch((cause) => {
    throw new GeoCropError('not-found', `the archive ${path} cannot be read: ${cause.message}`, {
      field: 'file',
      cause,
    });
  });
  try {
    const entries = await indexOf(file);
    await compareSums(file, entries);
    const read = async (name: string) => buffer(tarBody(file, needed(entries, name)));
    return {
      manifest: parseManifest((await read(manifestName)).toString()),
      under: (folder) => within(entries, `${folder}/`),
      has: (name) => entries.has(name),
      read,
      pieces: (name) => tarBody(file, needed(entries, name)),
      close: () => file.close(),
    };
  } catch (cause) {
    await file.close();
    const reason = (cause as Error).message.split('\n')[0];
    const text = `the archive ${path} cannot be used: ${reason}; nothing was changed, take another one`;
    throw new GeoCropError('invalid-request', text, { field: 'file', cause });
  }
}

async function indexOf(file: FileHandle): Promise<Map<string, TarEntry>> {
  const entries = new Map<string, TarEntry>();
  for await (const entry of tarEntries(file)) {
    if (!nameForm.test(entry.name)) throw new Error(`it holds the unsafe name ${JSON.stringify(entry.name)}`);
    if (entries.has(entry.name)) throw new Error(`it holds ${entry.name} twice`);
    entries.set(entry.name, entry);
  }
  return entries;
}

async function compareSums(file: FileHandle, entries: Map<string, TarEntry>): Promise<void> {
  const lines = (await buffer(tarBody(file, needed(entries, sumsName)))).toString().trimEnd().split('\n');
  const sums = new Map(lines.map((line) => [line.slice(66), line.slice(0, 64)]));
  if (sums.size !== entries.size - 1) throw new Error('it does not hold the files that its list names');
  for (const [name, sum] of sums) {
    const hash = createHash('sha256');
    for await (const piece of tarBody(file, needed(entries, name))) hash.update(piece);
    if (hash.digest('hex') !== sum) throw new Error(`${name} is not as it was written`);
  }
}

function needed(entries: Map<string, TarEntry>, name: string): TarEntry {
  const entry = entries.get(name);
  if (!entry) throw new Error(`${name} is missing in it`);
  const isSmall = name === sumsName || name === manifestName;
  if (isSmall && entry.size > mostBytesAtOnce) throw new Error(`its ${name} is too large`);
  return entry;
}

const within = (entries: Map<string, TarEntry>, prefix: string) =>
  [...entries.values()]
    .filter(({ name }) => name.startsWith(prefix))
    .map(({ name, size }) => ({ name: name.slice(prefix.length), size }));
