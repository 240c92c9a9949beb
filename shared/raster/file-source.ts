import { constants } from 'node:fs';
import { open, realpath, stat, type FileHandle } from 'node:fs/promises';
import { GeoCropError } from '#shared/domain/errors.ts';
import { brokenScene } from './broken-scene.ts';
import type { ByteSource } from './source.ts';

export interface FileSourceOptions {
  /** Asked with the real path (links resolved) before the file is opened. */
  allowPath?: ((realPath: string) => boolean) | undefined;
}

/** Node's own words end with the name of the file, which is told already. */
const reasonOf = ({ message }: Error) => message.replace(/, \w+ '.*'$/s, '');

const permanent = new Set(['ENOENT', 'ENOTDIR', 'EACCES', 'EPERM', 'EISDIR', 'ELOOP', 'ENAMETOOLONG']);

function fileError(path: string, error: unknown): unknown {
  if (!(error instanceof Error) || !('code' in error) || error instanceof GeoCropError) return error;
  const code = String(error.code);
  if (code === 'ENOENT') return brokenScene(path, 'there is no such file', error);
  if (permanent.has(code)) return brokenScene(path, reasonOf(error), error);
  return new GeoCropError('source-unavailable', `${path} could not be read: ${reasonOf(error)}`, { cause: error });
}

async function openChecked(path: string, { allowPath }: FileSourceOptions): Promise<FileHandle> {
  const real = await realpath(path);
  if (allowPath && !allowPath(real))
    throw new GeoCropError('invalid-source', `${path} leads out of the folders that may be read`, { field: 'source' });
  if (!(await stat(real)).isFile()) throw brokenScene(path, 'it is not a regular file');
  return open(real, constants.O_RDONLY | constants.O_NONBLOCK);
}

/** Reads a local file; it is opened anew for every read, so nothing has to be closed. */
export function fileSource(path: string, options: FileSourceOptions = {}): ByteSource {
  async function withFile<T>(use: (file: FileHandle) => Promise<T>, signal?: AbortSignal): Promise<T> {
    signal?.throwIfAborted();
    let file: FileHandle | undefined;
    try {
      file = await openChecked(path, options);
      return await use(file);
    } catch (error) {
      throw fileError(path, error);
    } finally {
      await file?.close();
    }
  }
  return {
    name: path,
    size: (signal) => withFile(async (file) => (await file.stat()).size, signal),
    read: (offset, length, signal) => withFile((file) => readExactly(file, path, offset, length, signal), signal),
  };
}

async function readExactly(
  file: FileHandle,
  path: string,
  offset: number,
  length: number,
  signal?: AbortSignal,
): Promise<Uint8Array> {
  const { size } = await file.stat();
  if (offset < 0 || length < 0 || offset + length > size)
    throw brokenScene(path, `bytes ${offset}-${offset + length} were wanted of ${size}; it is truncated`);
  const bytes = Buffer.allocUnsafeSlow(length);
  for (let done = 0; done < length;) {
    signal?.throwIfAborted();
    const { bytesRead } = await file.read(bytes, done, length - done, offset + done);
    if (bytesRead === 0) throw brokenScene(path, `it became shorter while it was being read`);
    done += bytesRead;
  }
  return bytes;
}
