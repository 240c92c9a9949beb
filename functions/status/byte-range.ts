/**
 * The first and last byte of a `Range` header for an object of `size` bytes (RFC 9110, one range). Null where there is
 * no range to honour; several ranges and other units are answered with the whole.
 */
export function byteRange(header: string | undefined, size: number): [number, number] | 'unsatisfiable' | null {
  const match = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header ?? '');
  if (!match || (match[1] === '' && match[2] === '')) return null;
  if (match[1] === '') {
    const length = Math.min(size, Number(match[2]));
    return length === 0 ? 'unsatisfiable' : [size - length, size - 1];
  }
  const first = Number(match[1]);
  const last = match[2] === '' ? size - 1 : Math.min(size - 1, Number(match[2]));
  if (first >= size) return 'unsatisfiable';
  return last < first ? null : [first, last];
}
