import { constants } from 'node:fs';
import { open, realpath, type FileHandle } from 'node:fs/promises';
import { GeoCropError } from '#shared/domain/errors.ts';
import { brokenScene } from './broken-scene.ts';
import { KeptMemory } from './kept-memory.ts';
import type { ByteSource } from './source.ts';

export interface FileSourceOptions {
  /** Asked with the real path (links resolved) before the file is opened. */
  allowPath?: ((realPath: string) => boolean) | undefined;
}

/** Node's own words end with the name of the file, which is told already. */
const reasonOf = ({ message }: Error) => message.replace(/, \w+ '.*'$/s, '');

const permanent = new Set(['ENOENT', 'ENOTDIR', 'ENXIO', 'EACCES', 'EPERM', 'EISDIR', 'ELOOP', 'ENAMETOOLONG']);

function fileError(path: string, error: unknown): unknown {
  if (!(error instanceof Error) || !('code' in error) || error instanceof GeoCropError) return error;
  const code = String(error.code);
  if (code === 'ENOENT') return brokenScene(path, 'there is no such file', error);
  if (permanent.has(code)) return brokenScene(path, reasonOf(error), error);
  return new GeoCropError('source-unavailable', `${path} could not be read: ${reasonOf(error)}`, { cause: error });
}

/** What is lent lies in memory of this process that is used again. */
const lentMemory = new KeptMemory(2 ** 25);

interface OpenFile {
  file: FileHandle;
  size: number;
}

async function openChecked(path: string, { allowPath }: FileSourceOptions): Promise<FileHandle> {
  // Opening does not wait, whatever there is: what is no regular file is refused afterwards.
  const flags = constants.O_RDONLY | constants.O_NONBLOCK;
  if (!allowPath) return open(path, flags);
  const real = await realpath(path);
  if (allowPath(real)) return open(real, flags);
  throw new GeoCropError('invalid-source', `${path} leads out of the folders that may be read`, { field: 'source' });
}

async function openRegular(path: string, options: FileSourceOptions): Promise<OpenFile> {
  const file = await openChecked(path, options);
  try {
    const status = await file.stat();
    if (!status.isFile()) throw brokenScene(path, 'it is not a regular file');
    return { file, size: status.size };
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** A file that nobody reads for so long is closed, milliseconds. */
const idleMs = 50;

/** Lends a file that is opened when it is wanted, and closes by itself soon after. */
function openWhileUsed(path: string, options: FileSourceOptions) {
  let opened: Promise<OpenFile> | null = null;
  let users = 0;
  let idle: NodeJS.Timeout | undefined;
  function close(): void {
    opened?.then(({ file }) => file.close()).catch(() => {});
    opened = null;
  }
  return async <T>(use: (file: OpenFile) => Promise<T> | T, signal?: AbortSignal): Promise<T> => {
    signal?.throwIfAborted();
    users++;
    clearTimeout(idle);
    try {
      return await use(await (opened ??= openRegular(path, options)));
    } catch (error) {
      // What went wrong may be mended by opening it anew.
      if (users === 1) close();
      throw fileError(path, error);
    } finally {
      if (--users === 0 && opened) idle = setTimeout(close, idleMs).unref();
    }
  };
}

/** Reads a local file; nothing has to be closed. */
export function fileSource(path: string, options: FileSourceOptions = {}): ByteSource {
  const withFile = openWhileUsed(path, options);
  return {
    name: path,
    size: (signal) => withFile(({ size }) => size, signal),
    read: (offset, length, signal) =>
      withFile(async (opened) => {
        assertInside(opened, path, offset, length);
        return readExactly(opened, path, Buffer.allocUnsafeSlow(length), offset, signal);
      }, signal),
    async lend(offset, length, use, signal) {
      const lent: Uint8Array[] = [];
      try {
        await withFile(async (opened) => {
          assertInside(opened, path, offset, length);
          lent.push(lentMemory.samples('uint8', length) as Uint8Array);
          await readExactly(opened, path, lent[0], offset, signal);
        }, signal);
        return await use(lent[0]);
      } finally {
        lent.forEach(lentMemory.give);
      }
    },
  };
}

function assertInside({ size }: OpenFile, path: string, offset: number, length: number): void {
  if (offset < 0 || length < 0 || offset + length > size)
    throw brokenScene(path, `bytes ${offset}-${offset + length} were wanted of ${size}; it is truncated`);
}

async function readExactly(
  { file }: OpenFile,
  path: string,
  bytes: Uint8Array,
  offset: number,
  signal?: AbortSignal,
): Promise<Uint8Array> {
  for (let done = 0; done < bytes.length;) {
    signal?.throwIfAborted();
    const { bytesRead } = await file.read(bytes, done, bytes.length - done, offset + done);
    if (bytesRead === 0) throw brokenScene(path, `it became shorter while it was being read`);
    done += bytesRead;
  }
  return bytes;
}
