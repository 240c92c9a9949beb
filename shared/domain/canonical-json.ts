/**
 * JSON with the keys of every object sorted: equal values give equal text, different ones different text. Members that
 * are undefined are left out, as JSON does; anything else without a JSON form is an error.
 */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (value === null || typeof value !== 'object') return scalarJson(value);
  const entries = Object.entries(value).filter(([, each]) => each !== undefined);
  entries.sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, each]) => `${JSON.stringify(key)}:${canonicalJson(each)}`).join(',')}}`;
}

function scalarJson(value: unknown): string {
  const text: string | undefined = JSON.stringify(value);
  if (text === undefined || (typeof value === 'number' && !Number.isFinite(value)))
    throw new Error(`${String(value)} has no JSON form`);
  return text;
}
