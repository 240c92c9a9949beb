import type { Settings } from '#shared/config/settings.ts';
import { sourceOpener } from '#shared/raster/open-source.ts';
import { unsignedS3Client } from '#shared/raster/s3-source.ts';
import type { OpenSource } from '#shared/raster/source.ts';

/** Opens the assets of scenes: files, web addresses and public buckets. */
export function openAssets({ s3 }: Settings): OpenSource {
  return sourceOpener({ s3: unsignedS3Client(s3) });
}
