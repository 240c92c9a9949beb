/** Finds the owner of a path: the longest prefix of whole segments wins; the prefix `/` owns what nobody else does. */
export function routeTable<T>(entries: readonly { prefix: string; owner: T }[]): (path: string) => T | null {
  const sorted = [...entries].sort((a, b) => b.prefix.length - a.prefix.length);
  const twice = sorted.find(({ prefix }, index) => sorted[index + 1]?.prefix === prefix);
  if (twice) throw new Error(`two functions own the path ${twice.prefix}`);
  return (path) =>
    sorted.find(({ prefix }) => prefix === '/' || path === prefix || path.startsWith(`${prefix}/`))?.owner ?? null;
}
