import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { GeoCropError } from '#shared/domain/errors.ts';

/** Reads a file of a bundle by its plain name; null where it does not exist. */
export type ReadBundleFile = (name: string) => Promise<Uint8Array | null>;

/** A member larger than this is not a crop model of this form. */
export const maxMemberBytes = 256 * 1024 * 1024;

/** An error that says what is wrong with a bundle. */
export const damagedModel = (what: string, cause?: unknown): GeoCropError =>
  new GeoCropError('damaged-model', what, { field: 'model', cause });

/** Where a file or folder is absent, null. */
export const absentAsNull = (error: NodeJS.ErrnoException): null => {
  if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return null;
  throw error;
};

/** Reads the files of a bundle that lies in a directory; one larger than any is refused before it fills the memory. */
export const directoryBundle =
  (directory: string): ReadBundleFile =>
  async (name) => {
    const path = join(directory, name);
    const found = await stat(path).catch(absentAsNull);
    if (found && found.size > maxMemberBytes)
      throw damagedModel(`${name} of the model in ${directory} is larger than ${maxMemberBytes} bytes`);
    return found && readFile(path).catch(absentAsNull);
  };
