import { dirname, relative, resolve, isAbsolute } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Where a document was read: a URL, or an absolute path below the real directory `root`. */
export interface Origin {
  address: string;
  /** null for a URL. */
  root: string | null;
  /** An API's items are relative to their self link; a copied static catalog's to where they lie. */
  selfIsBase?: boolean | undefined;
}

const hasScheme = (href: string) => /^[a-z][a-z0-9+.-]*:/i.test(href);

export const isHttp = (href: string): boolean => /^https?:\/\//i.test(href);
export const isRemote = (href: string): boolean => /^(?:https?|s3):\/\//i.test(href);

export function isInside(root: string, path: string): boolean {
  const way = relative(root, path);
  return way !== '..' && !way.startsWith('../') && !isAbsolute(way);
}

/** The absolute path that a local document's href means; throws where it leads out of the catalog's directory. */
export function resolvePath(href: string, origin: { address: string; root: string }): string {
  const path = href.startsWith('file:') ? fileURLToPath(href) : resolve(dirname(origin.address), href);
  if (path.includes('\0') || !isInside(origin.root, path))
    throw new Error(`${JSON.stringify(href)} leads out of the directory ${origin.root}`);
  return path;
}

/**
 * The absolute address of an asset: `http(s):` and `s3:` from anywhere, files only from a local item and only inside
 * its catalog. null for a scheme that nothing here reads. Throws on a file that the item may not name.
 */
export function resolveAsset(href: string, { address, root }: Origin): string | null {
  if (isRemote(href)) return href;
  if (root !== null) return hasScheme(href) && !href.startsWith('file:') ? null : resolvePath(href, { address, root });
  if (href.startsWith('file:'))
    throw new Error(`${JSON.stringify(href)} is a file of this machine, named by a remote item`);
  const url = URL.canParse(href, address) ? new URL(href, address).href : '';
  return isRemote(url) ? url : null;
}
