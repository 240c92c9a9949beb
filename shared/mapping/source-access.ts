import { realpath } from 'node:fs/promises';
import { basename, isAbsolute } from 'node:path';
import { GeoCropError } from '#shared/domain/errors.ts';
import { mayRead, type Source } from '#shared/domain/source.ts';
import type { DecodedBlocks } from '#shared/raster/decoded-blocks.ts';
import { sourceOpener } from '#shared/raster/open-source.ts';
import type { S3Reader } from '#shared/raster/s3-source.ts';
import { assetReader, sharingReader } from './asset-reader.ts';
import { hideFolder, hidingFolders } from './hide-folder.ts';
import type { ReadAsset } from './read-observation.ts';

/** Refuses an asset's address that its source may not read; of a file the real path counts. */
export async function assertReadable(source: Source, folder: string | null, href: string): Promise<void> {
  const allowed = mayRead(source, folder);
  const real = href.startsWith('/') ? await realpath(href).catch(() => href) : href;
  if (allowed(real)) return;
  const shown = URL.canParse(href) && !folder ? new URL(href).host : shownPath(withoutUser(href), folder, source);
  throw new GeoCropError(
    'invalid-source',
    `a scene of the source "${source.id}" names an asset at ${shown.slice(0, 200)}, which is not among the places that the source may read`,
    { field: 'source' },
  );
}

/** Of a file outside of the source's folder only the name is told: its way there would tell of this machine. */
function shownPath(href: string, folder: string | null, { stac }: Source): string {
  if (folder === null || !isAbsolute(href)) return href;
  const inside = hideFolder(href, [folder, stac]);
  return isAbsolute(inside) ? `.../${basename(href)}` : inside;
}

/** An address that carries a name and a password is not told with them. */
const withoutUser = (href: string) => href.replace(/^(\w+:\/\/)[^/]*@/, '$1');

/**
 * Readers of sources, one each and kept, that open nothing but what their source may read, redirects included.
 *
 * @param io.shared where given, windows that are read at the same time share these blocks, and are given back to their
 *   memory
 */
export function sourceReaders(io: {
  s3: S3Reader;
  folderOf: (source: Source) => Promise<string | null>;
  http?: { timeoutMs: number; tries: number } | undefined;
  shared?: DecodedBlocks | undefined;
}): (source: Source) => ReadAsset {
  const readers = new Map<string, Promise<ReadAsset>>();
  const limits = io.http ? limitsOf(io.http) : {};
  const make = async (source: Source): Promise<ReadAsset> => {
    const folder = await io.folderOf(source);
    const open = sourceOpener({ s3: io.s3, allowHref: mayRead(source, folder), ...limits });
    const read = io.shared ? sharingReader(open, io.shared) : assetReader(open);
    if (folder === null) return read;
    return (...asked) => hidingFolders([folder, source.stac], () => read(...asked));
  };
  return (source) => async (asset, window, signal) => {
    const reader = readers.get(source.id) ?? make(source);
    readers.set(source.id, reader);
    reader.catch(() => readers.delete(source.id));
    return (await reader)(asset, window, signal);
  };
}

function limitsOf({ timeoutMs, tries }: { timeoutMs: number; tries: number }) {
  const retry = { tries };
  return { http: { stallMs: timeoutMs, retry }, s3Options: { limits: { stallMs: timeoutMs }, retry } };
}

/** What a search found, and what it left out. */
interface Found {
  scenes: { href: string }[];
  skipped: { id: string; reason: string }[];
}

/** Searches a source; where it is a folder, scenes, and what is said of files, are named by their place in it. */
export async function searchSource<T extends Found>(
  { stac }: Source,
  folder: string | null,
  search: (stac: string) => Promise<T>,
): Promise<T> {
  if (folder === null) return search(stac);
  const folders = [folder, stac];
  const found = await hidingFolders(folders, () => search(stac));
  const skipped = found.skipped.map(({ id, reason }) => ({ id, reason: hideFolder(reason, folders) }));
  const scenes = found.scenes.map((scene) => ({ ...scene, href: hideFolder(scene.href, folders) }));
  return { ...found, scenes, skipped };
}
