import { isAbsolute } from 'node:path';
import { fileURLToPath } from 'node:url';
import { GeoCropError } from '#shared/domain/errors.ts';
import { fileSource } from './file-source.ts';
import type { AllowHref } from './http-redirect.ts';
import { httpSource, type HttpSourceOptions } from './http-source.ts';
import { s3Source, type S3Reader, type S3SourceOptions } from './s3-source.ts';
import type { ByteSource, OpenSource } from './source.ts';

export interface SourceOpenerOptions {
  fetch?: typeof globalThis.fetch | undefined;
  /** Reads `s3:` addresses; without it they are refused. */
  s3?: S3Reader | undefined;
  /**
   * Says whether an address may be read. It is asked with http(s) and s3 addresses at once and at every redirect, and
   * with a file's real path (links resolved) at the first read. Without it everything may be read, but no redirect may
   * leave its origin.
   */
  allowHref?: AllowHref | undefined;
  http?: Omit<HttpSourceOptions, 'fetch' | 'allowHref'> | undefined;
  s3Options?: S3SourceOptions | undefined;
}

const refused = (href: string, reason: string) =>
  new GeoCropError('invalid-source', `the asset address "${href.slice(0, 300)}" ${reason}`, { field: 'source' });

function filePath(href: string): string | null {
  if (isAbsolute(href)) return href;
  if (!href.startsWith('file:')) return null;
  try {
    return fileURLToPath(href);
  } catch (cause) {
    throw new GeoCropError('invalid-source', `"${href}" is no address of a local file`, { field: 'source', cause });
  }
}

/** Whether an address leads to another machine. */
export const isRemote = (href: string): boolean => /^(https?|s3):/i.test(href);

/** Makes the function that opens assets by the form of their address; it does no I/O itself. */
export function sourceOpener(options: SourceOpenerOptions = {}): OpenSource {
  const { fetch, s3, allowHref, http, s3Options } = options;

  function openRemote(href: string): ByteSource {
    if (allowHref && !allowHref(href)) throw refused(href, 'is not among the allowed hosts');
    if (!href.startsWith('s3:')) return httpSource(href, { ...http, fetch, allowHref });
    if (!s3) throw refused(href, 'needs an S3 client, and none is configured');
    return s3Source(s3, href, s3Options);
  }

  return (href) => {
    const path = filePath(href);
    if (path !== null) return fileSource(path, { allowPath: allowHref });
    if (isRemote(href)) return openRemote(href);
    throw refused(href, 'has a form that cannot be read: use an absolute path, file:, http(s): or s3:');
  };
}
