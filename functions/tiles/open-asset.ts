import { dirname, isAbsolute } from 'node:path';
import type { Settings } from '#shared/config/settings.ts';
import { folderOf } from '#shared/config/sources.ts';
import { mayRead } from '#shared/domain/source.ts';
import { hidingFolders } from '#shared/mapping/hide-folder.ts';
import { openRaster } from '#shared/raster/raster.ts';
import { sourceOpener } from '#shared/raster/open-source.ts';
import { unsignedS3Client } from '#shared/raster/s3-source.ts';
import type { ByteSource } from '#shared/raster/source.ts';
import type { TilesDeps } from './deps.ts';

/** A person waits for the tile: a file server is given less time than by a job. */
const patience = { stallMs: 10_000, retry: { tries: 2 } };

type Hide = <T>(run: () => Promise<T>) => Promise<T>;

/** Bytes under another name, whose errors are told as `hide` lets them. */
const renamed = (bytes: ByteSource, name: string, hide: Hide): ByteSource => ({
  name,
  size: (signal) => hide(() => bytes.size(signal)),
  read: (offset, length, signal) => hide(() => bytes.read(offset, length, signal)),
});

/** Folders that errors must not tell: the source's, and that of a file which lies outside of it. */
function foldersOf(stac: string, folder: string | null, href: string): string[] {
  const own = folder === null ? [] : [folder, stac];
  const isInside = own.some((each) => href.startsWith(`${each}/`));
  return isAbsolute(href) && !isInside ? [...own, dirname(href)] : own;
}

/** Opens files of scenes, nothing but what their source may read, redirects included. */
export function assetOpener({ s3 }: Pick<Settings, 's3'>): TilesDeps['openAsset'] {
  const client = unsignedS3Client(s3);
  return async (source, { href }, name) => {
    const folder = await folderOf(source);
    const allowHref = mayRead(source, folder);
    const s3Options = { limits: { stallMs: patience.stallMs }, retry: patience.retry };
    const hide: Hide = (run) => hidingFolders(foldersOf(source.stac, folder, href), run);
    const open = sourceOpener({ s3: client, allowHref, http: patience, s3Options });
    return hide(async () => openRaster(renamed(open(href), name, hide)));
  };
}
