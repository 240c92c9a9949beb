import { GeoCropError } from '#shared/domain/errors.ts';

const escaped = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** Tells of files by their place in a folder: where a server keeps that folder is nobody's business. */
export function hideFolder(text: string, folders: readonly string[]): string {
  const names = folders.map((folder) => folder.replace(/\/+$/, '')).filter((folder) => folder !== '');
  names.sort((a, b) => b.length - a.length);
  return names.reduce((told, name) => {
    const inside = told.replaceAll(`${name}/`, '');
    return inside.replace(new RegExp(`${escaped(name)}(?![\\w.-])`, 'g'), "the source's folder");
  }, text);
}

/** Runs what reads from folders of this machine; its errors name files by their place in them. */
export async function hidingFolders<T>(folders: readonly string[], run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (!(error instanceof GeoCropError)) throw error;
    const { code, field, message } = error;
    throw new GeoCropError(code, hideFolder(message, folders), { cause: error, ...(field ? { field } : {}) });
  }
}
