import { lstat, opendir } from 'node:fs/promises';
import { join } from 'node:path';

/** Bytes of the files in a folder and below it; of what goes away meanwhile, nothing. */
export async function folderBytes(folder: string): Promise<number> {
  let bytes = 0;
  const open = await opendir(folder, { recursive: true }).catch(absentAsNull);
  if (!open) return 0;
  for await (const entry of open)
    if (entry.isFile()) bytes += (await lstat(join(entry.parentPath, entry.name)).catch(absentAsNull))?.size ?? 0;
  return bytes;
}

function absentAsNull(error: NodeJS.ErrnoException): null {
  if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return null;
  throw error;
}
