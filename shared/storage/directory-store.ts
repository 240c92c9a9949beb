import { randomUUID } from 'node:crypto';
import { mkdir, open, opendir, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { GeoCropError } from '#shared/domain/errors.ts';
import { checkKey, sortedKeys, type ObjectSink, type ObjectStore } from './object-store.ts';

const code = (error: unknown) => (error as NodeJS.ErrnoException).code;

/** Turns a full disk into a sentence; other errors pass as they are. */
export function diskError(error: unknown, path: string): unknown {
  if (code(error) === 'ENOSPC' || code(error) === 'EDQUOT')
    return new GeoCropError(
      'disk-full',
      `the disk that holds ${path} is full; free some space and run the same command again, what is finished is kept`,
      { cause: error },
    );
  return error;
}

const absentAsNull = (error: unknown): null => {
  if (code(error) === 'ENOENT' || code(error) === 'ENOTDIR') return null;
  throw error;
};

const halfWritten = '.tmp';

/** Writes a file beside its place, flushes it and moves it there, so that a crash leaves the old one or the new one. */
export async function writeFileAtomically(
  path: string,
  write: (file: ObjectSink) => Promise<void>,
  mode = 0o666,
): Promise<void> {
  const temporary = `${path}.${randomUUID()}${halfWritten}`;
  try {
    await mkdir(dirname(path), { recursive: true });
    const file = await open(temporary, 'wx', mode);
    try {
      await write({ write: async (bytes) => void (await file.writeFile(bytes)) });
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw diskError(error, dirname(path));
  }
}

async function readRange(path: string, offset: number, length: number): Promise<Uint8Array> {
  await using file = await open(path);
  const { bytesRead, buffer } = await file.read(Buffer.alloc(length), 0, length, offset);
  if (bytesRead !== length) throw new Error(`${path} ends before byte ${offset + length}`);
  return buffer;
}

/** Reads no folder that cannot hold a key with the prefix. */
async function* keysUnder(root: string, prefix: string): AsyncGenerator<string> {
  const folder = prefix.slice(0, prefix.lastIndexOf('/') + 1);
  if (folder !== '') checkKey(folder.slice(0, -1));
  for await (const path of filesUnder(join(root, folder))) {
    const key = path.slice(root.length + 1);
    if (key.startsWith(prefix) && !key.endsWith(halfWritten)) yield key;
  }
}

/** A folder that is removed meanwhile has no files. */
async function* filesUnder(folder: string): AsyncGenerator<string> {
  const entries = await opendir(folder, { bufferSize: 256 }).catch(absentAsNull);
  if (!entries) return;
  for await (const entry of entries) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* filesUnder(path);
    else if (entry.isFile()) yield path;
  }
}

/**
 * Removes what was begun under a directory and not written on for so long: whoever wrote it was killed.
 *
 * @returns its bytes
 */
export async function removeHalfWritten(root: string, silentSeconds: number): Promise<number> {
  const before = Date.now() - silentSeconds * 1000;
  let bytes = 0;
  for await (const path of filesUnder(root)) {
    const found = halfWrittenName.test(path) ? await stat(path).catch(absentAsNull) : null;
    if (!found || found.mtimeMs > before) continue;
    await rm(path, { force: true });
    bytes += found.size;
  }
  return bytes;
}

const halfWrittenName = /\.[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\.tmp$/;

/** Objects as files under a directory. */
export function directoryStore(root: string): ObjectStore {
  const pathOf = (key: string) => join(root, checkKey(key));
  return {
    get: (key) => readFile(pathOf(key)).catch(absentAsNull),
    getRange: (key, offset, length) => readRange(pathOf(key), offset, length),
    put: (key, bytes) => writeFileAtomically(pathOf(key), (file) => file.write(bytes)),
    putStream: (key, write) => writeFileAtomically(pathOf(key), write),
    async size(key) {
      const found = await stat(pathOf(key)).catch(absentAsNull);
      return found ? found.size : null;
    },
    list: (prefix) => sortedKeys(keysUnder(root, prefix)),
    keys: (prefix) => keysUnder(root, prefix),
    async bytes(prefix) {
      let bytes = 0;
      for await (const key of keysUnder(root, prefix))
        bytes += (await stat(pathOf(key)).catch(absentAsNull))?.size ?? 0;
      return bytes;
    },
    delete: (key) => rm(pathOf(key), { force: true }),
  };
}
