/** The path and the query of a request target, in origin or absolute form; null for anything else. */
export function requestTarget(target: string): { path: string; full: string } | null {
  const full = target.startsWith('/') ? target : fromAbsolute(target);
  if (full === null) return null;
  return { path: full.split('?', 1)[0], full };
}

function fromAbsolute(target: string): string | null {
  if (!/^https?:\/\//i.test(target) || !URL.canParse(target)) return null;
  const { pathname, search } = new URL(target);
  return pathname + search;
}

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
