import { realpath } from 'node:fs/promises';
import { GeoCropError } from '#shared/domain/errors.ts';
import { mayRead, type Source } from '#shared/domain/source.ts';
import { sourceOpener } from '#shared/raster/open-source.ts';
import type { S3Reader } from '#shared/raster/s3-source.ts';
import { assetReader } from './asset-reader.ts';
import type { ReadAsset } from './read-observation.ts';

/** Refuses an asset's address that its source may not read; of a file the real path counts. */
export async function assertReadable(source: Source, folder: string | null, href: string): Promise<void> {
  const allowed = mayRead(source, folder);
  const real = href.startsWith('/') ? await realpath(href).catch(() => href) : href;
  if (allowed(real)) return;
  const shown = URL.canParse(href) && !folder ? new URL(href).host : withoutUser(href);
  throw new GeoCropError(
    'invalid-source',
    `a scene of the source "${source.id}" names an asset at ${shown.slice(0, 200)}, which is not among the places that the source may read`,
    { field: 'source' },
  );
}

/** An address that carries a name and a password is not told with them. */
const withoutUser = (href: string) => href.replace(/^(\w+:\/\/)[^/]*@/, '$1');

/** Readers of sources, one each and kept, that open nothing but what their source may read, redirects included. */
export function sourceReaders(io: {
  s3: S3Reader;
  folderOf: (source: Source) => Promise<string | null>;
  http?: { timeoutMs: number; tries: number } | undefined;
}): (source: Source) => ReadAsset {
  const readers = new Map<string, Promise<ReadAsset>>();
  const limits = io.http ? limitsOf(io.http) : {};
  const make = async (source: Source) =>
    assetReader(sourceOpener({ s3: io.s3, allowHref: mayRead(source, await io.folderOf(source)), ...limits }));
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
