import type { Settings } from '#shared/config/settings.ts';
import { sourceOpener } from '#shared/raster/open-source.ts';
import { unsignedS3Client } from '#shared/raster/s3-source.ts';
import type { OpenSource } from '#shared/raster/source.ts';

/** The settings that say how assets are reached. */
export type AssetAccess = Pick<Settings, 's3' | 'http'>;

/** Opens the assets of scenes: files, web addresses and public buckets. */
export function openAssets({ s3, http: { timeoutMs, tries } }: AssetAccess): OpenSource {
  const retry = { tries };
  return sourceOpener({
    s3: unsignedS3Client(s3),
    http: { stallMs: timeoutMs, retry },
    s3Options: { limits: { stallMs: timeoutMs }, retry },
  });
}
