/** A request target; `host` only where it names one. */
export interface RequestTarget {
  path: string;
  /** Path and query. */
  full: string;
  host: string | null;
}

/** Reads a request target in origin or absolute form; null for anything else, a fragment included. */
export function requestTarget(target: string): RequestTarget | null {
  if (target.includes('#')) return null;
  return target.startsWith('/') ? fromParts(target, null) : fromAbsolute(target);
}

function fromAbsolute(target: string): RequestTarget | null {
  if (!/^https?:\/\//i.test(target) || !URL.canParse(target)) return null;
  const { pathname, search, host } = new URL(target);
  return fromParts(pathname + search, host);
}

const fromParts = (full: string, host: string | null) => ({ path: full.split('?', 1)[0], full, host });

/**
 * Whether a path is one that only the platform itself calls: a segment `-`, however it is written.
 * Null where the path cannot be decoded.
 */
export function isInternalPath(path: string): boolean | null {
  try {
    return decodeURIComponent(path)
      .split(/[/\\]/)
      .some((segment) => segment === '-');
  } catch {
    return null;
  }
}
