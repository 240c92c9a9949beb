import type { Source } from '#shared/domain/source.ts';
import type { ReadAsset } from '#shared/mapping/read-observation.ts';
import type { JobsDeps } from './deps.ts';
import { once } from './once.ts';

export interface ReaderSettings {
  s3: { region: string; endpoint: string | undefined };
  http: { timeoutMs: number; tries: number };
  folderOf: (source: Source) => Promise<string | null>;
}

/**
 * What reads scenes, loaded when it is first needed: most requests take, list or cancel jobs, and a cold start of the
 * function waits for nothing else.
 */
export function lateReaders({
  s3,
  http,
  folderOf,
}: ReaderSettings): Pick<JobsDeps['scenes'], 'search' | 'assertReadable'> & Pick<JobsDeps, 'rasters' | 'reader'> {
  const io = once(async () => {
    const { unsignedS3Client } = await import('#shared/raster/s3-source.ts');
    return { s3: unsignedS3Client(s3), folderOf };
  });
  const readers = once(async () => {
    const { sourceReaders } = await import('#shared/mapping/source-access.ts');
    return sourceReaders({ ...(await io()), http });
  });
  return {
    async search(source, query, signal) {
      const [{ searchSource }, { searchScenes }, { nodeStacIo }] = await Promise.all([
        import('#shared/mapping/source-access.ts'),
        import('#shared/stac/search-scenes.ts'),
        import('#shared/stac/io.ts'),
      ]);
      return searchSource(source, await folderOf(source), (stac) =>
        searchScenes(stac, query, nodeStacIo(), signal, http),
      );
    },
    async assertReadable(source, href) {
      const { assertReadable } = await import('#shared/mapping/source-access.ts');
      return assertReadable(source, await folderOf(source), href);
    },
    async rasters(source) {
      const { sourceRasters } = await import('#shared/mapping/source-rasters.ts');
      return sourceRasters(source, await io());
    },
    reader: (source): ReadAsset => {
      const reader = once(async () => (await readers())(source));
      return async (asset, window, signal) => (await reader())(asset, window, signal);
    },
  };
}
