import type { Settings } from '#shared/config/settings.ts';
import { sourceOpener } from '#shared/raster/open-source.ts';
import { unsignedS3Client } from '#shared/raster/s3-source.ts';
import type { OpenSource } from '#shared/raster/source.ts';

/** Opens the assets of scenes: files, web addresses and public buckets. */
export function openAssets({ s3, http: { timeoutMs, tries } }: Settings): OpenSource {
  const retry = { tries };
  return sourceOpener({
    s3: unsignedS3Client(s3),
    http: { stallMs: timeoutMs, retry },
    s3Options: { limits: { stallMs: timeoutMs }, retry },
  });
}
