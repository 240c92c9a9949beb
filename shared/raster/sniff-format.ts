const text = (bytes: Uint8Array) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');

const signatures: readonly [RegExp, string][] = [
  [/^\s*(<!doctype html|<html|<head|<body)/i, 'a web page (HTML)'],
  [/^\s*<\?xml|^\s*<[a-z]/i, 'an XML document'],
  [/^\s*[{[]/, 'a JSON document'],
  [/^\x00\x00\x00\x0cjP {2}|^\xff\x4f\xff\x51/, 'a JPEG 2000 image'],
  [/^\xff\xd8\xff/, 'a JPEG image'],
  [/^\x89PNG/, 'a PNG image'],
  [/^\x89HDF|^CDF[\x01\x02\x05]/, 'an HDF5 or NetCDF file'],
  [/^PK\x03\x04/, 'a ZIP archive'],
  [/^\x1f\x8b/, 'a gzip file'],
  [/^%PDF/, 'a PDF document'],
  [/^version https:\/\/git-lfs/, 'a Git LFS pointer'],
];

/** Names what a file that is not a TIFF is, by its first bytes. */
export function sniffFormat(head: Uint8Array): string {
  if (head.every((byte) => byte === 0)) return 'filled with zero bytes';
  const start = text(head);
  return signatures.find(([pattern]) => pattern.test(start))?.[1] ?? 'of an unknown format';
}
