import type { Settings } from '#shared/config/settings.ts';
import { folderOf } from '#shared/config/sources.ts';
import { mayRead } from '#shared/domain/source.ts';
import { openRaster } from '#shared/raster/raster.ts';
import { sourceOpener } from '#shared/raster/open-source.ts';
import { unsignedS3Client } from '#shared/raster/s3-source.ts';
import type { TilesDeps } from './deps.ts';

/** A person waits for the tile: a file server is given less time than by a job. */
const patience = { stallMs: 10_000, retry: { tries: 2 } };

/** Opens files of scenes, nothing but what their source may read, redirects included. */
export function assetOpener({ s3 }: Pick<Settings, 's3'>): TilesDeps['openAsset'] {
  const client = unsignedS3Client(s3);
  return async (source, { href }) => {
    const allowHref = mayRead(source, await folderOf(source));
    const s3Options = { limits: { stallMs: patience.stallMs }, retry: patience.retry };
    return openRaster(sourceOpener({ s3: client, allowHref, http: patience, s3Options })(href));
  };
}
