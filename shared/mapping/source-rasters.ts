import { mayRead, type Source } from '#shared/domain/source.ts';
import { sourceOpener } from '#shared/raster/open-source.ts';
import type { S3Reader } from '#shared/raster/s3-source.ts';
import { readOntoGrid } from '#shared/raster/warp.ts';
import { rasterCache } from './asset-reader.ts';
import { hidingFolders } from './hide-folder.ts';
import type { QuoteInputs } from './quote.ts';

/** A try that does not answer at once is not waited for: whoever asks for a quote wants it now. */
const limits = { stallMs: 5000, retry: { tries: 2 } };

/** Opens and reads what a source may read and nothing else, redirects included; what was opened is kept for one quote only. */
export async function sourceRasters(
  source: Source,
  io: { s3: S3Reader; folderOf: (source: Source) => Promise<string | null> },
): Promise<Pick<QuoteInputs, 'open' | 'read'>> {
  const folder = await io.folderOf(source);
  const allowHref = mayRead(source, folder);
  const hiding = <T>(run: () => Promise<T>) => (folder === null ? run() : hidingFolders([folder, source.stac], run));
  const open = rasterCache(
    sourceOpener({ s3: io.s3, allowHref, http: limits, s3Options: { limits, retry: limits.retry } }),
  );
  return {
    open: (asset, signal) => hiding(() => open(asset, signal)),
    read: (asset, window, signal) => hiding(async () => readOntoGrid(await open(asset, signal), window, { signal })),
  };
}
